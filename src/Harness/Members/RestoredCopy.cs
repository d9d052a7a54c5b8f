using System.Diagnostics;

namespace Holdfast.Harness.Members;

/// <summary>A copy that <c>holdfast restore</c> has made, started by the commands that it printed, and stopped in the end.</summary>
public sealed class RestoredCopy : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _start;
    private readonly string _connect;

    private RestoredCopy(string start, string connect) => (_start, _connect) = (start, connect);

    /// <summary>Restores, starts, and waits until the copy is writable.</summary>
    public static Task<RestoredCopy> MakeAsync(Group group, string name, params string[] target) =>
        MakeAsync(arguments => group.RunAsync(arguments), Path.Combine(group.Folder, name), target);

    /// <param name="run">Runs a verb of the program on the file of the system.</param>
    public static async Task<RestoredCopy> MakeAsync(Func<string[], Task<CommandOutcome>> run, string into, params string[] target)
    {
        var outcome = await run(["restore", "--into", into, .. target]);
        if (outcome.ExitCode != 0)
        {
            throw new InvalidOperationException($"not restored: {outcome.Output}");
        }

        var commands = outcome.Output.Split('\n').Where(line => line.StartsWith("  /", StringComparison.Ordinal)).Select(line => line.Trim()).ToArray();
        var copy = new RestoredCopy(commands[0], commands[1]);
        try
        {
            var (exit, said) = await RunAsync(copy._start);
            var log = Path.Combine(into + ".holdfast", "server.log");
            if (exit != 0)
            {
                throw new InvalidOperationException($"not started: {said}{await File.ReadAllTextAsync(log)}");
            }

            await Eventually.TrueAsync(
                async () => await copy.AskAsync("SELECT NOT pg_is_in_recovery()") == "t", Limit,
                () => $"the copy does not get to its target:\n{File.ReadAllText(log)}");
            return copy;
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    public async Task<string> AskAsync(string sql, string database = "postgres")
    {
        var (exit, said) = await RunAsync($"{_connect} -d {database} -v ON_ERROR_STOP=1 -Atc \"{sql}\"");
        return exit == 0 ? said.Trim() : throw new InvalidOperationException(said);
    }

    public async ValueTask DisposeAsync()
    {
        // pg_ctl start -w -t … -D DATA -l LOG
        var words = _start.Split(' ');
        await RunAsync($"{words[0]} stop -m immediate -w -D {words[Array.IndexOf(words, "-D") + 1]}");
    }

    private static async Task<(int Exit, string Said)> RunAsync(string command)
    {
        // Into a file: the server that it starts keeps what it inherits.
        var file = Path.GetTempFileName();
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{command} >{file} 2>&1 </dev/null"]) { UseShellExecute = false })!;
            await process.WaitForExitAsync().WaitAsync(Limit);
            return (process.ExitCode, await File.ReadAllTextAsync(file));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
