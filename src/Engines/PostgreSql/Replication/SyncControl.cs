using System.Collections.Frozen;
using Holdfast.Core.Quorum;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>
/// Changes who must acknowledge a commit, so that no part of the server goes on by an older, weaker rule unnoticed.
/// <para>Each sender counts by the rule that it has itself taken up, and shows in shared memory (<c>sync_priority</c>) only whether that
/// rule names its standby, not how many must acknowledge. Backends wait at all only if the checkpointer has told them that there is a
/// rule. Hence two changes go through <see cref="SyncRule.Blocked"/>: a raise of k, so that each sender is seen at priority 0 before
/// the new rule is
/// written; and a step from <see cref="SyncRule.None"/>, so that a probing commit is seen waiting first. A rule in the file then means:
/// no process holds one with a smaller k, and every backend waits. That needs no memory, so it holds after a restart of the agent.</para>
/// </summary>
internal sealed class SyncControl(
    Layout layout, LocalServer local, Reloader reloader, ServerProcess process, LocalSession control,
    FrozenSet<string> remote, TimeProvider time)
{
    /// <summary>Assigns a transaction number and writes log, which is what makes a commit wait for acknowledgement.</summary>
    public const string ProbeSql = "SELECT pg_logical_emit_message(true, 'holdfast', '')::text";

    public async Task SetAsync(SyncRule rule, CancellationToken cancellationToken)
    {
        var current = reloader.Current;
        if (process.Current is not { } server)
        {
            await reloader.ApplyAsync(rule, current.Upstream, cancellationToken);
            return;
        }

        if (rule == SyncRule.None)
        {
            // Before the change: a crash between the two leaves a proof to be made again, never one believed wrongly.
            MarkAlone(server.RunId);
            await reloader.ApplyAsync(rule, current.Upstream, cancellationToken);
            return;
        }

        var alone = MayAcknowledgeAlone(server.RunId) || current.Sync == SyncRule.None;
        if (alone)
        {
            MarkAlone(server.RunId);
        }

        if (alone || current.Sync is not { } before || before == SyncRule.Blocked || rule.Acks > before.Acks)
        {
            await BlockAsync(current.Upstream, alone, cancellationToken);
        }

        if (reloader.Current.Sync != rule || !await reloader.TryProveAsync(server.RunId, cancellationToken))
        {
            await reloader.ApplyAsync(rule, current.Upstream, cancellationToken);
        }

        if (rule.Protects)
        {
            await NudgeAsync(cancellationToken);
        }
    }

    /// <summary>What is asked on top of the rule. Commits that wait for what is asked no more are let go.</summary>
    public async Task SetExtraAsync(SyncExtra extra, CancellationToken cancellationToken)
    {
        if (reloader.Current.Extra == extra)
        {
            return;
        }

        await reloader.ApplyAsync(extra, cancellationToken);
        if (process.Current is not null && reloader.Current.Sync is { Protects: true })
        {
            await NudgeAsync(cancellationToken);
        }
    }

    /// <summary>Some backend of this run may not know yet that commits wait.</summary>
    public bool MayAcknowledgeAlone(string runId) => layout.Memory.Read<string>(layout.AloneMarker, text => text) == runId;

    /// <summary>For a server about to start by this rule: the mark of an earlier run means nothing to it.</summary>
    public void Forget() => AtomicFile.Delete(layout.AloneMarker);

    public void MarkAlone(string runId) => AtomicFile.WriteIfChanged(layout.AloneMarker, runId);

    private async Task BlockAsync(string? upstream, bool alone, CancellationToken cancellationToken)
    {
        if (reloader.Current.Sync != SyncRule.Blocked || process.Current is not { } server ||
            !await reloader.TryProveAsync(server.RunId, cancellationToken))
        {
            await reloader.ApplyAsync(SyncRule.Blocked, upstream, cancellationToken);
        }

        await Wait.UntilAsync(time, Wait.Fine, async () =>
            await control.ValueAsync("SELECT count(*)::text FROM pg_stat_replication WHERE sync_priority > 0", cancellationToken) == "0",
            cancellationToken);
        if (!alone)
        {
            return;
        }

        if (await control.ValueAsync("SELECT pg_is_in_recovery()::text", cancellationToken) == "true")
        {
            // Nothing commits here, so nothing can be seen waiting. The checkpointer reads its settings before each checkpoint it is
            // asked for.
            await control.ExecuteAsync("CHECKPOINT", cancellationToken);
        }
        else
        {
            await SeeCommitWaitAsync(cancellationToken);
        }

        AtomicFile.Delete(layout.AloneMarker);
    }

    /// <summary>Commits until one is seen waiting for an acknowledgement that cannot come.</summary>
    private async Task SeeCommitWaitAsync(CancellationToken cancellationToken)
    {
        await using var probe = new LocalSession(local, "probe");
        while (true)
        {
            var pid = await probe.OpenAsync(cancellationToken);
            using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var commit = probe.ValueAsync(ProbeSql, abandon.Token);
            var waiting = false;
            await Wait.UntilAsync(time, Wait.Fine, async () =>
            {
                waiting = await control.ValueAsync(
                    $"SELECT coalesce(wait_event, '') FROM pg_stat_activity WHERE pid = {pid}", cancellationToken) == "SyncRep";
                return waiting || commit.IsCompleted;
            }, cancellationToken);
            if (waiting)
            {
                await control.ExecuteAsync($"SELECT pg_terminate_backend({pid})", cancellationToken);
                await abandon.CancelAsync();
                await Settle(commit);
                return;
            }

            await commit;
        }
    }

    private static async Task Settle(Task<string?> commit)
    {
        try
        {
            await commit;
        }
        catch (Exception exception) when (exception is Npgsql.NpgsqlException or OperationCanceledException)
        {
            // It was ended on purpose; what became of an empty message is of no interest.
        }
    }

    /// <summary>
    /// Standbys report when they flush. Commits that waited through the change are behind what was flushed already, so something more is
    /// written. This commit does not wait itself: it carries nothing that could be lost.
    /// </summary>
    private async Task NudgeAsync(CancellationToken cancellationToken)
    {
        if (await control.ValueAsync("SELECT pg_is_in_recovery()::text", cancellationToken) == "false")
        {
            await control.ExecuteAsync($"BEGIN; SET LOCAL synchronous_commit TO local; {ProbeSql}; COMMIT", cancellationToken);
        }
    }

    /// <summary>The rule that every part of the server has taken up; null: not sure.</summary>
    public async Task<SyncRule?> EffectiveAsync(ServerFacts facts, string runId, RunMemory memory, CancellationToken cancellationToken)
    {
        var settings = reloader.Current;
        if (settings.Sync is not { } rule || facts.Generation != settings.Generation ||
            facts.Sync != Configuration.SyncRuleText.Format(rule, settings.Extra) || !memory.CheckpointerReady(runId) ||
            (rule != SyncRule.None && MayAcknowledgeAlone(runId)) || !await reloader.TryProveAsync(runId, cancellationToken))
        {
            return null;
        }

        // A member of another site is in no rule. One whose sender still goes by what was asked on top of it asks for more, never for less.
        var agree = facts.InRecovery || facts.Senders.All(sender => remote.Contains(sender.Name) ||
            (rule.Candidates.Contains(sender.Name) ? sender.Priority > 0 || sender.State != "streaming" : sender.Priority == 0));
        return agree ? rule : null;
    }
}
