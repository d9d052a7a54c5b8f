namespace Holdfast.Cli.Files;

/// <summary>Stands in for the reader of files in a build without one.</summary>
internal sealed class NoFiles : ISystemFiles
{
    private const string Why = "this build of holdfast cannot read system files; install the full program";

    public FileReading Read(string path) => new(null, [Why]);
    public FileReport Check(string path, int width, bool json) => new(Valid: false, $"{Why}\n");
    public string Schema() => throw new CommandLine.CliException(CommandLine.ExitCode.Failed, Why);
}
