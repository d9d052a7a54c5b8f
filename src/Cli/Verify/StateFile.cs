using System.Text.Json;
using Holdfast.Cli.CommandLine;
using Holdfast.Verification;
using Holdfast.Verification.Running;

namespace Holdfast.Cli.Verify;

/// <summary>Where an interrupted comparison leaves how far it came. Replaced as a whole; only its owner can read it, for it has keys of rows.</summary>
internal sealed class StateFile(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path { get; } = path;

    /// <summary>The place when none is named: one per system and store, in the user's home.</summary>
    public static StateFile Of(string? named, string system, string store, Func<string, string?> environment)
    {
        if (named is not null)
        {
            return new StateFile(System.IO.Path.GetFullPath(named));
        }

        var home = environment("HOME") is { Length: > 0 } folder ? folder : System.IO.Path.GetTempPath();
        return new StateFile(System.IO.Path.Combine(home, ".holdfast", $"{system}.{store}.verify.json"));
    }

    /// <exception cref="CliException">There is none, or it cannot be read.</exception>
    public VerifyState Load()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path), VerifyJson.Plain.VerifyState)
                ?? throw new JsonException("it is empty");
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException(ExitCode.Failed, $"there is nothing to resume: {Path} does not exist; begin without --resume");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CliException(ExitCode.Failed, $"{Path} cannot be read ({fault.Message}); begin anew, without --resume");
        }
    }

    /// <exception cref="CliException">It cannot be written.</exception>
    public void Save(VerifyState state)
    {
        var draft = Path + ".new";
        try
        {
            var folder = System.IO.Path.GetDirectoryName(Path)!;
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            }

            using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                JsonSerializer.Serialize(file, state, VerifyJson.Plain.VerifyState);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, Path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failed, $"the state of the comparison cannot be kept in {Path} ({fault.Message}); name another place with --state");
        }
    }

    /// <summary>Nothing is kept any more, if anything was.</summary>
    public void Delete()
    {
        if (File.Exists(Path))
        {
            File.Delete(Path);
        }
    }
}
