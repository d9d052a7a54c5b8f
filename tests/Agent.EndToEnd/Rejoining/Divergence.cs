using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;
using Npgsql;

namespace Holdfast.Agent.EndToEnd.Rejoining;

/// <summary>Makes a primary diverge: what it writes last reaches nobody, and then its host dies.</summary>
internal static class Divergence
{
    public const string Marker = "only the old primary has this";

    /// <summary>Returns the member that took over. The old primary's host is down, its log ahead of everybody's.</summary>
    public static async Task<MemberHost> MakeAsync(Group group, MemberHost old)
    {
        var receivers = group.Others(old).SelectMany(host => HostProcesses.Named(host.Folder, "walreceiver")).ToList();
        receivers.ForEach(pid => Posix.Send(pid, Signal.Stop));
        await using (var connection = new NpgsqlConnection(old.ApplicationConnection))
        {
            await connection.OpenAsync();
            // Waits for nobody; and more than sockets hold, since what is in them still arrives after the crash.
            await using var command = new NpgsqlCommand(
                $"set synchronous_commit = local; select pg_logical_emit_message(true, 'test', repeat('x', 60000000)); " +
                $"insert into writes (id, filler) values (-2, '{Marker}')", connection);
            await command.ExecuteNonQueryAsync();
        }

        await old.CrashAsync();
        receivers.ForEach(pid => Posix.Send(pid, Signal.Continue));
        return await group.TakenOverAsync(old, TimeSpan.FromSeconds(30));
    }
}
