using System.Collections.Immutable;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Results;

namespace Holdfast.Verification.Running;

/// <summary>
/// Compares sequences. A sequence logs values in advance, so a standby is right when it is at least where its primary is, and not further
/// than what the primary has logged. A member that was the primary until a moment ago shows what it gave out itself, not what it logged:
/// its successor began with the latter, so that is what counts of it.
/// </summary>
internal sealed class SequenceComparer(Side reference, VerifyOptions options, Tally tally, TimeProvider time)
{
    private const int Batch = 100;
    private const int Rounds = 5;
    private const int ProofsWanted = 2;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public async Task CompareAsync(string database, Side other, ImmutableArray<RelationName> names, CancellationToken cancellationToken)
    {
        foreach (var batch in names.Chunk(Batch))
        {
            await BatchAsync(database, other, [.. batch], cancellationToken);
        }
    }

    /// <summary>
    /// Null: in order. The outer looks at the reference bound what the other may show in between; only rising or falling counts, as the
    /// sequence goes.
    /// </summary>
    internal static DifferenceKind? Judge(SequenceState before, SequenceState found, SequenceState after)
    {
        var direction = Math.Sign(before.Increment);
        // One step more than the reference has logged by itself: the look at it may have come just before it logged the next values.
        var reserve = (after.Ahead + LoggedAtOnce + after.Cache) * Int128.Abs(after.Increment);
        var behind = (Reach(found) - before.Last) * direction;
        return Restarted(before, after, direction) ? null
            : behind < 0 || (behind == 0 && before.Called && !found.Called) ? DifferenceKind.SequenceBehind
            : ((Int128)found.Last - after.Last) * direction > reserve ? DifferenceKind.SequenceAhead
            : null;
    }

    /// <summary>
    /// What a server that replayed the member's log is at. Of a page that came by the log itself, that is the value it shows: none is ahead.
    /// </summary>
    private static Int128 Reach(SequenceState state) => state.Last + ((Int128)state.Ahead * state.Increment);

    /// <summary>How many values PostgreSQL logs in advance.</summary>
    private const int LoggedAtOnce = 32;

    /// <summary>It was set back meanwhile, or began anew: this look proves nothing.</summary>
    private static bool Restarted(SequenceState before, SequenceState after, int direction) =>
        before.Increment != after.Increment || ((Int128)after.Last - before.Last) * direction < 0 || (before.Called && !after.Called);

    private async Task BatchAsync(string database, Side other, ImmutableArray<RelationName> names, CancellationToken cancellationToken)
    {
        var pair = new Pair(reference, other, options.CatchUp, time);
        var open = names;
        var proofs = new Dictionary<RelationName, int>();
        for (var round = 0; round < Rounds && !open.IsEmpty; round++)
        {
            if (round > 0)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }

            var before = await reference.Target.SequencesAsync(database, open, cancellationToken);
            await pair.CatchUpAsync(other, (await reference.Target.LookAsync(cancellationToken)).Reached, cancellationToken);
            var found = (await other.Target.SequencesAsync(database, open, cancellationToken)).ToDictionary(state => state.Name);
            await pair.CatchUpAsync(reference, (await other.Target.LookAsync(cancellationToken)).Reached, cancellationToken);
            var after = (await reference.Target.SequencesAsync(database, open, cancellationToken)).ToDictionary(state => state.Name);
            var next = ImmutableArray.CreateBuilder<RelationName>();
            foreach (var was in before)
            {
                if (!found.TryGetValue(was.Name, out var there) || !after.TryGetValue(was.Name, out var now))
                {
                    continue; // Dropped meanwhile; one that is missing on one side was found with the tables.
                }

                if (Judge(was, there, now) is { } kind)
                {
                    proofs[was.Name] = proofs.GetValueOrDefault(was.Name) + 1;
                    if (proofs[was.Name] < ProofsWanted)
                    {
                        next.Add(was.Name);
                    }
                    else
                    {
                        Report(database, kind, other.Member, now, there);
                    }
                }
            }

            open = next.ToImmutable();
        }

        tally.Count(counts => counts with { Sequences = counts.Sequences + names.Length });
    }

    private void Report(string database, DifferenceKind kind, string member, SequenceState here, SequenceState there) => tally.Add(
        new Difference(
            kind, member, database, here.Name.ToString(), null, [],
            $"{member} is at {there.Last}, {reference.Member} at {here.Last}: " +
            (kind == DifferenceKind.SequenceBehind ? $"{member} would give out values again" : $"{member} is further than {reference.Member} has logged")));
}
