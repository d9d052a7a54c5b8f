using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>
/// Where blocks are typed: bash, with the built program as <c>holdfast</c> and the cluster's file as its file. Hosts here have no systemd:
/// <c>systemctl</c> asks us, and we start and end the very agents and servers that it would.
/// </summary>
internal sealed class BlockShell : IDisposable
{
    private const string DocumentedData = "/var/lib/holdfast/orders";
    private const int LimitSeconds = 120;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private readonly TemporaryFolder _folder = new("rb");
    private readonly SiteCluster _cluster;
    private readonly ImmutableArray<(string Page, string Here)> _words;

    /// <param name="words">What the page calls by other names than it has here, the longer before what it begins with.</param>
    public BlockShell(SiteCluster cluster, ImmutableArray<(string Page, string Here)> words)
    {
        (_cluster, _words) = (cluster, words);
        Directory.CreateDirectory(_folder.File("bin"));
        Directory.CreateDirectory(_folder.File("asked"));
        Program("holdfast", $"exec '{HoldfastProgram.Command.File}' '{HoldfastProgram.Command.Dll}' \"$@\"");
        Program("sudo", "exec \"$@\"");
        Program("systemctl", $"""
            ask={_folder.File("asked")}/$$
            printf '%s\n' "$RUNBOOK_HOST" "$@" >"$ask.new" && mv "$ask.new" "$ask.ask"
            until [ -e "$ask.answer" ]; do sleep 0.05; done
            sed 1d "$ask.answer"
            exit "$(head -n 1 "$ask.answer")"
            """);
    }

    /// <summary>A text of the page, with the names that things have here.</summary>
    public string Here(string text) => _words.Aggregate(text, (so, word) => so.Replace(word.Page, word.Here, StringComparison.Ordinal));

    /// <summary>Runs a block to its end.</summary>
    public async Task<CommandOutcome> RunAsync(RunbookBlock block)
    {
        var host = block.Host is { } name ? _cluster.Host(name) : null;
        var script = Here(host?.Members is [var member, ..] ? block.Script.Replace(DocumentedData, member.Data, StringComparison.Ordinal) : block.Script);
        // A session of its own: no terminal that the tests may run on is any of its business.
        string[] shell = ["setsid", "--wait", "timeout", "--kill-after=5", $"{LimitSeconds}", "bash", "-euo", "pipefail", "-c", $"exec 2>&1\n{script}"];
        var command = host is null ? shell : host.Place.Enter(shell);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        start.Environment["PATH"] = $"{_folder.File("bin")}:{start.Environment["PATH"]}";
        start.Environment["HOME"] = _folder.Path;
        start.Environment["COLUMNS"] = "100";
        start.Environment["HOLDFAST_FILE"] = _cluster.SystemFile;
        start.Environment["ETCDCTL_API"] = "3";
        start.Environment["ETCDCTL_ENDPOINTS"] = string.Join(',', _cluster.Global.Endpoints.Select(uri => uri.GetLeftPart(UriPartial.Authority)));
        start.Environment["RUNBOOK_HOST"] = block.Host ?? "";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("bash did not start");
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            var ended = Task.WhenAll(process.WaitForExitAsync(), output, errors).WaitAsync(TimeSpan.FromSeconds(LimitSeconds) + Grace);
            while (await Task.WhenAny(ended, Task.Delay(Poll)) != ended)
            {
                await AnswerAsync();
            }

            await ended;
            return new CommandOutcome(process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Program(string name, string body)
    {
        var path = _folder.File("bin", name);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task AnswerAsync()
    {
        foreach (var asked in Directory.EnumerateFiles(_folder.File("asked"), "*.ask"))
        {
            var words = await File.ReadAllLinesAsync(asked);
            File.Delete(asked);
            var (exit, text) = await SystemControlAsync(words[0], words[1..]);
            var answer = Path.ChangeExtension(asked, ".answer");
            await File.WriteAllTextAsync(answer + ".new", $"{exit}\n{text}");
            File.Move(answer + ".new", answer);
        }
    }

    /// <summary>start, stop, restart and is-active of the units that a host has: <c>holdfast-agent@MEMBER</c> and <c>etcd</c>.</summary>
    private async Task<(int Exit, string Text)> SystemControlAsync(string hostName, string[] words)
    {
        if (words is not [var verb, var unit] || hostName.Length == 0)
        {
            return (1, $"systemctl {string.Join(' ', words)}: typed on no host, or not known here\n");
        }

        var host = _cluster.Host(hostName);
        if (unit == "etcd" && host.Etcd is [var server, ..])
        {
            return await ControlAsync(verb, !server.Process.HasExited, () => { server.Launch(); return Task.CompletedTask; }, server.KillAsync);
        }

        return host.Members.FirstOrDefault(member => unit == $"holdfast-agent@{member.Name}") is { } found
            ? await ControlAsync(verb, !found.Agent.HasExited, () => { found.StartAgent(); return Task.CompletedTask; }, found.StopAgentAsync)
            : (5, $"Unit {unit}.service not found on {hostName}.\n");
    }

    private static async Task<(int Exit, string Text)> ControlAsync(string verb, bool isActive, Func<Task> start, Func<Task> stop)
    {
        switch (verb)
        {
            case "is-active":
                return isActive ? (0, "active\n") : (3, "inactive\n");
            case "start" when !isActive:
                await start();
                return (0, "");
            case "stop" when isActive:
                await stop();
                return (0, "");
            case "restart":
                await (isActive ? stop() : Task.CompletedTask);
                await start();
                return (0, "");
            case "start" or "stop":
                return (0, "");
            default:
                return (1, $"Unknown command verb {verb}.\n");
        }
    }
}
