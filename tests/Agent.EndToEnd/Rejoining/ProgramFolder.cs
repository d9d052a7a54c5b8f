namespace Holdfast.Agent.EndToEnd.Rejoining;

/// <summary>PostgreSQL's programs as links, some of them wrapped in a script that can be told to fail or to be slow.</summary>
internal sealed class ProgramFolder
{
    private const string Real = "/usr/lib/postgresql/15/bin";
    private readonly string _folder;

    public ProgramFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        foreach (var program in Directory.EnumerateFiles(Real))
        {
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(program)), program);
        }

        Wrap("pg_rewind", "fail) echo 'pg_rewind: error: told to fail' >&2; exit 1 ;;");
        Wrap("pg_basebackup", "slow) set -- \"$@\" --max-rate=2M ;;");
    }

    public string Location => _folder;

    public void Tell(string program, string mode) => File.WriteAllText(Path.Combine(_folder, program + ".mode"), mode);

    public void Tell(string program) => File.Delete(Path.Combine(_folder, program + ".mode"));

    private void Wrap(string program, string modes)
    {
        var path = Path.Combine(_folder, program);
        File.Delete(path);
        File.WriteAllText(path, $"#!/bin/sh\ncase $(cat '{path}.mode' 2>/dev/null) in\n{modes}\nesac\nexec {Real}/{program} \"$@\"\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
