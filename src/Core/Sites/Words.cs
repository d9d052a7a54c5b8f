using System.Text.Json;

namespace Holdfast.Core.Sites;

/// <summary>What people and files call a step, a kind or a state: <c>catch-up</c> for <see cref="StepKind.CatchUp"/>.</summary>
public static class Words
{
    /// <summary>The value's name in lower case, its words joined by hyphens.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
