using System.Collections.Immutable;
using Holdfast.Agent.Api.Verify;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;
using Holdfast.Verification;
using Holdfast.Verification.Results;
using Holdfast.Verification.Targets;

namespace Holdfast.Agent.Sites;

/// <summary>
/// The comparison that belongs to a move: this site's leader with the other site's; after a failover, when there is no other site to compare
/// with, the members of the new active site.
/// </summary>
internal sealed class MoveVerification(SystemSpec system, StoreSpec store, MemberSpec self, TimeProvider time)
{
    /// <summary>It runs beside production, which has just moved here.</summary>
    private const double Share = 0.25;
    private const int Named = 3;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);
    /// <summary>The others of the new active site are being pointed to the new primary when the comparison begins.</summary>
    private static readonly TimeSpan OthersLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <param name="view">What this member sees now; null: nothing yet.</param>
    public async Task<(bool Succeeded, string Text)> RunAsync(SiteMove move, Func<MemberView?> view, IProgress<string> progress, CancellationToken stop)
    {
        var others = await OthersAsync(move, view, stop);
        if (others.IsEmpty)
        {
            return (false, "nothing to compare with: no other member is there; later: holdfast verify");
        }

        ImmutableArray<IVerifyTarget> targets =
            [.. others.Prepend(self.Name).Select(name => new HttpVerifyTarget(system, store.Members[name], time, AnswerLimit))];
        try
        {
            var verifier = new Verifier(
                new VerifySubject(system.Name, store.Name), targets, new VerifyOptions { Share = Share, Jobs = 2 }, time,
                new Percentage(progress));
            return Told(await verifier.RunAsync(null, stop));
        }
        catch (VerifyException exception)
        {
            return (false, $"not compared: {exception.Message}");
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync();
            }
        }
    }

    private async Task<ImmutableArray<string>> OthersAsync(SiteMove move, Func<MemberView?> view, CancellationToken stop)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            var others = view() is { } seen ? Others(move, seen) : [];
            var expected = move.Kind != MoveKind.Failover || store.Group(self.Site).Length > 1;
            if (!others.IsEmpty || !expected || time.GetElapsedTime(since) > OthersLimit)
            {
                return others;
            }

            await Task.Delay(LookAgain, time, stop);
        }
    }

    private static ImmutableArray<string> Others(SiteMove move, MemberView view) => move.Kind == MoveKind.Failover
        ? [.. view.Peers.Where(peer => peer.Value is { Process: ProcessState.Running, Streaming: true }).Select(peer => peer.Key)]
        : view.Sites?.OtherCard is { Leader: var leader } ? [leader] : [];

    private static (bool Succeeded, string Text) Told(VerifyResult result)
    {
        var contents = result.Keys is { } keys ? $"{keys} keys" : $"{result.Tables} tables, {result.Rows} rows";
        var what = $"{string.Join(", ", result.Members.Select(member => member.Name))}: {contents}, {result.Seconds:F1} s";
        return result.Verdict switch
        {
            VerifyVerdict.Equal => (true, $"equal: {what}"),
            VerifyVerdict.Different => (false, $"{result.DifferenceCount} difference{(result.DifferenceCount == 1 ? "" : "s")} in {what}: " +
                string.Join("; ", result.Differences.Take(Named).Select(one =>
                    $"{one.Member} {one.Table}{(one.Key is { } key ? $" {key}" : "")}: {one.Detail}"))),
            _ => (false, $"no difference, but not all was compared in {what}: {string.Join("; ", result.Undecided.Take(Named))}"),
        };
    }

    private sealed class Percentage(IProgress<string> progress) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value) => progress.Report(
            $"verifying, {(value.TotalBytes > 0 ? 100.0 * value.Bytes / value.TotalBytes : 0):F0} %" +
            (value.TotalTables > 0 ? $" of {value.Tables} of {value.TotalTables} tables" : ""));
    }
}
