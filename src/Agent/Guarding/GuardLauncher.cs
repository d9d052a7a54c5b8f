using System.Diagnostics;

namespace Holdfast.Agent.Guarding;

/// <summary>
/// Starts the guard so that it is nobody's child: the agent starts a helper, the helper leaves the agent's session, starts the guard and ends.
/// What ends, restarts or collects the agent's children then does not touch the guard.
/// </summary>
internal static class GuardLauncher
{
    public const string LaunchOption = "--launch";
    public const string NameOption = "--name";

    /// <summary>What a process needs to run. Everything else stays behind: passwords may be in the agent's environment.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "DOTNET_ROOT", "DOTNET_ROOT_X64"];

    /// <summary>In the agent. Returns when the helper has ended; the guard may still be on its way.</summary>
    /// <exception cref="GuardException">The program cannot be started, or the helper failed or took too long.</exception>
    public static void Launch(GuardProgram program, GuardPaths paths, TimeSpan deadline)
    {
        using var helper = Start(program, [LaunchOption, .. Options(paths)]);
        if (!helper.WaitForExit(deadline))
        {
            helper.Kill();
            throw new GuardException($"the guard did not start within {deadline.TotalSeconds:0.#} s; look at the load of this host");
        }

        if (helper.ExitCode != 0)
        {
            throw new GuardException(
                $"the guard did not start: '{program.File}' ended with code {helper.ExitCode}; try it by hand with the verb guard");
        }
    }

    /// <summary>In the helper: lets go of everything that ties it to the agent and starts the guard.</summary>
    public static void LaunchDetached(GuardPaths paths)
    {
        Posix.Detach();
        Start(GuardProgram.OfThisProcess(), Options(paths)).Dispose();
    }

    private static string[] Options(GuardPaths paths) => ["--data", paths.DataDirectory, NameOption, paths.Name];

    private static Process Start(GuardProgram program, string[] options)
    {
        var start = new ProcessStartInfo(program.File, [.. program.Arguments, .. options]) { WorkingDirectory = "/", UseShellExecute = false };
        start.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        try
        {
            return Process.Start(start) ?? throw new GuardException($"the guard did not start: '{program.File}' gave no process");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new GuardException($"the guard did not start: '{program.File}': {e.Message}; install Holdfast's program there", e);
        }
    }
}
