using System.Collections.Immutable;
using System.Reflection;

namespace Holdfast.Agent.Guarding;

/// <summary>How to start the guard: a program and its arguments, up to and with the verb <c>guard</c>.</summary>
public sealed record GuardProgram(string File, ImmutableArray<string> Arguments)
{
    /// <summary>This very program: when it runs by <c>dotnet</c>, the dll is the first argument.</summary>
    public static GuardProgram OfThisProcess()
    {
        var file = Environment.ProcessPath ?? throw new GuardException("this program's own path is unknown; mount /proc");
        return Path.GetFileNameWithoutExtension(file) == "dotnet"
            ? new GuardProgram(file, [Assembly.GetEntryAssembly()!.Location, "guard"])
            : new GuardProgram(file, ["guard"]);
    }

    /// <summary>The same for equal code: the version and the identity of the build.</summary>
    internal static string Version { get; } =
        $"{typeof(GuardProgram).Assembly.GetName().Version?.ToString(3)}+{typeof(GuardProgram).Module.ModuleVersionId:N}";
}
