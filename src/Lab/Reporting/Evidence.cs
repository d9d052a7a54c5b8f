using System.Text.Json;
using Holdfast.Lab.Checking;
using Holdfast.Lab.Clients;
using Holdfast.Lab.Hosts;

namespace Holdfast.Lab.Reporting;

/// <summary>What is kept of a run that failed.</summary>
internal static class Evidence
{
    private static readonly string[][] Questions = [["status", "--json"], ["history", "--json"], ["loss", "--json"]];

    /// <summary>Copies and writes everything into a folder, and returns its path.</summary>
    public static async Task<string> KeepAsync(
        LabCluster cluster, Journal journal, LabOptions options, IReadOnlyList<StrikeResult> results, Verdict verdict, IReadOnlyList<string> timeline)
    {
        var folder = Directory.CreateDirectory(Path.Combine(cluster.Folder, "evidence")).FullName;
        Text("command.txt", $"seed {options.Seed}\n{options.Again(results.Count)}\n");
        Text("violations.txt", string.Join('\n', verdict.Violations) + "\n");
        Text("faults.txt", string.Join('\n', results) + "\n");
        Text("timeline.txt", string.Join('\n', timeline) + "\n");
        Text("disks.txt", Disks.Describe(cluster));
        File.Copy(cluster.SystemFile, Path.Combine(folder, "holdfast.yaml"), overwrite: true);
        foreach (var member in cluster.Members)
        {
            Copy(member.AgentLog, $"agent-{member.Name}.log");
            Copy(member.ServerLog, $"server-{member.Name}.log");
            Copy(member.GuardLog, $"guard-{member.Name}.log");
        }

        Copy(Path.Combine(cluster.Logs, "gate.log"), "gate.log");
        foreach (var (seat, server) in cluster.Servers)
        {
            Copy(server.LogFile, $"{seat.Name}.log");
        }

        await using (var history = new StreamWriter(Path.Combine(folder, "history.jsonl")))
        {
            foreach (var write in journal.Writes())
            {
                await history.WriteLineAsync(JsonSerializer.Serialize(write));
            }

            foreach (var read in journal.Reads())
            {
                await history.WriteLineAsync(JsonSerializer.Serialize(read));
            }
        }

        foreach (var question in Questions)
        {
            try
            {
                Text($"{question[0]}.json", (await cluster.RunAsync(question)).Output);
            }
            catch (TimeoutException fault)
            {
                Text($"{question[0]}.json", fault.Message); // what the system cannot say now is no reason to lose the rest
            }
        }

        return folder;

        void Text(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

        void Copy(string from, string name)
        {
            if (File.Exists(from))
            {
                File.Copy(from, Path.Combine(folder, name), overwrite: true);
            }
        }
    }
}
