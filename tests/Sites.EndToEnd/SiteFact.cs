using System.Runtime.CompilerServices;

namespace Holdfast.Sites.EndToEnd;

/// <summary>A test that needs network namespaces; it is skipped, with the reason, where they are not to be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SiteFactAttribute : FactAttribute
{
    public SiteFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = OwnNetwork.WhyNot;
}
