namespace Holdfast.Cli.CommandLine;

/// <summary>Ends the command with one line on stderr: what is wrong, and what would help.</summary>
public sealed class CliException : Exception
{
    public CliException(int exitCode, string message) : base(message) => Code = exitCode;
    public CliException() { }
    public CliException(string message) : this(ExitCode.Failed, message) { }
    public CliException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>One of <see cref="ExitCode"/>.</summary>
    public int Code { get; } = ExitCode.Failed;
}
