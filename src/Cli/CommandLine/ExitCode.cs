namespace Holdfast.Cli.CommandLine;

/// <summary>What the command returns; documented in every help page.</summary>
public static class ExitCode
{
    public const int Done = 0;
    /// <summary>Refused, failed, or nobody answered.</summary>
    public const int Failed = 1;
    /// <summary>Wrong options or arguments, or no file.</summary>
    public const int Usage = 2;
    /// <summary><c>status --check</c>: not healthy, or not readable.</summary>
    public const int NotHealthy = 3;
    /// <summary><c>status --check</c>: a site cannot be lost within the RPO, and nothing else is wrong.</summary>
    public const int SiteNotSafe = 4;
    /// <summary><c>verify</c>: the members differ.</summary>
    public const int Different = 4;
    /// <summary><c>verify</c>: not everything could be compared.</summary>
    public const int NotCompared = 5;
    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;
}
