using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Verification.Results;
using Holdfast.Verification.Running;
using Holdfast.Verification.Targets;

namespace Holdfast.Verification;

/// <summary>What is compared, for the result.</summary>
public sealed record VerifySubject(string System, string Store);

/// <summary>
/// Compares members of one store, table by table and chunk by chunk, and proves them equal or names what differs. It only reads, in
/// short statements, and may be stopped at any time: with the last state it goes on where it was.
/// </summary>
/// <param name="targets">At least two, each of another member. They stay the caller's.</param>
/// <param name="save">Gets the state about once a second, and a last time when the run ends early. Not called concurrently.</param>
public sealed class Verifier(
    VerifySubject subject, ImmutableArray<IVerifyTarget> targets, VerifyOptions options, TimeProvider time,
    IProgress<VerifyProgress>? progress = null, Action<VerifyState>? save = null)
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);
    private const int ChangedTries = 5;
    private static readonly TimeSpan ChangedPause = TimeSpan.FromMilliseconds(400);

    private readonly Tally _tally = new(options.Listed);
    private readonly Lock _commit = new();
    private readonly List<string> _leftOut = [];
    private readonly long _began = time.GetTimestamp();
    private readonly RateLimit _rate = new(options.Rate, time);
    private long _savedAt = time.GetTimestamp();
    private Plan _plan = new([], [], [], 0);
    private VerifyState? _before;
    private ImmutableArray<Side> _sides = [];
    private string _identity = "";
    private DateTimeOffset _startedAt;

    /// <param name="resumed">A state of an earlier run over the same members; null: from the beginning.</param>
    /// <exception cref="VerifyException">
    /// The members cannot be compared (any more): one is not reachable, does not catch up, is of another store, or its role changed.
    /// </exception>
    public async Task<VerifyResult> RunAsync(VerifyState? resumed, CancellationToken cancellationToken)
    {
        _startedAt = resumed?.StartedAt ?? time.GetUtcNow();
        var members = await MeetAsync(cancellationToken);
        if (resumed is not null)
        {
            RequireSame(resumed);
            _before = resumed;
            _tally.Restore(resumed);
        }

        _plan = await Plan.MakeAsync(members, options, _tally, _before, time, cancellationToken);
        _leftOut.AddRange(_plan.LeftOut);
        Report(null);
        try
        {
            foreach (var job in _plan.Sequences)
            {
                await new SequenceComparer(_sides[0], options, _tally, time).CompareAsync(job.Database, job.Other, job.Names, cancellationToken);
            }

            await Parallel.ForEachAsync(
                Work(), new ParallelOptions { MaxDegreeOfParallelism = options.Jobs, CancellationToken = cancellationToken },
                async (work, token) => await DoAsync(work.Run, work.Chunk, token));
        }
        catch
        {
            Save(force: true);
            throw;
        }

        return await ResultAsync(cancellationToken);
    }

    private IEnumerable<(TableRun Run, int Chunk)> Work()
    {
        foreach (var run in _plan.Tables.Where(run => !run.IsComplete))
        {
            var chunks = run.PagesPerChunk > 0 ? run.BlockChunks : 1;
            for (var chunk = 0; chunk < chunks && !run.IsComplete; chunk++)
            {
                if (!run.IsDone(chunk))
                {
                    yield return (run, chunk);
                }
            }
        }
    }

    private async Task DoAsync(TableRun run, int chunk, CancellationToken cancellationToken)
    {
        var pacer = new Pacer(options, _rate, time);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryAsync(run, chunk, pacer, cancellationToken);
                break;
            }
            catch (VerifyException fault) when (fault.Fault == VerifyFault.Changed)
            {
                if (attempt >= ChangedTries)
                {
                    await LeaveAsync(run, fault, cancellationToken);
                    break;
                }

                // One member may be ahead of the other by just this change.
                await Task.Delay(ChangedPause, time, cancellationToken);
            }
        }

        Report(run.Title);
        Save(force: false);
    }

    private async Task TryAsync(TableRun run, int chunk, Pacer pacer, CancellationToken cancellationToken)
    {
        if (run.IsComplete)
        {
            return;
        }

        var comparer = new ChunkComparer(run, options, _tally, pacer, time);
        var bytes = run.Relation.Bytes;
        if (run.PagesPerChunk > 0)
        {
            var range = run.BlockRange(chunk);
            bytes = Math.Min(run.PagesPerChunk, Math.Max(0, run.Pages - range.FromBlock!.Value)) * run.BytesPerPage;
            await comparer.CompareAsync(range, cancellationToken);
            await pacer.PauseAsync(bytes, cancellationToken);
        }
        else
        {
            await new KeyRanges(run, comparer, pacer, options, time, () => Report(run.Title)).CompareAsync(cancellationToken);
        }

        bool last;
        lock (_commit)
        {
            _tally.Count(counts => Sum(counts, comparer.Counts with { Bytes = bytes }));
            last = run.PagesPerChunk == 0 || run.Finish(chunk);
        }

        if (run.Differences >= options.TableLimit)
        {
            _tally.Undecide($"{run.Title}: left after {options.TableLimit} differences");
            last = true;
        }

        if (last)
        {
            await new Findings(run, _tally).FinishAsync(cancellationToken);
            Complete(run);
        }
    }

    private void Complete(TableRun run)
    {
        lock (_commit)
        {
            if (!run.IsComplete)
            {
                run.Complete();
                _tally.Count(counts => counts with { Tables = counts.Tables + (run.IsTable ? 1 : 0) });
            }
        }
    }

    /// <summary>The table is not what it was when the comparison began.</summary>
    private async Task LeaveAsync(TableRun run, VerifyException fault, CancellationToken cancellationToken)
    {
        var now = await _sides[0].Target.InventoryAsync(run.Table.Database, cancellationToken);
        var there = now.Relations.FirstOrDefault(relation => relation.Name == run.Relation.Name);
        lock (_commit)
        {
            if (there is null)
            {
                _leftOut.Add($"{run.Title}: dropped while the comparison ran");
            }
            else
            {
                _tally.Undecide($"{run.Title}: redefined while the comparison ran ({fault.Message}); verify again");
            }

            run.Complete();
        }
    }

    /// <summary>Who they are, whether they are members of one store, and which of them is the reference.</summary>
    private async Task<ImmutableArray<(Side Side, ImmutableArray<string> Databases)>> MeetAsync(CancellationToken cancellationToken)
    {
        if (targets.Length < 2)
        {
            throw new VerifyException(VerifyFault.NotComparable, "a comparison needs at least two members");
        }

        var looks = await Task.WhenAll(targets.Select(target => target.LookAsync(cancellationToken)));
        var met = targets.Zip(looks, (target, look) => (Side: new Side(target, look.Follows), Look: look))
            .OrderBy(pair => pair.Look.Follows).ToImmutableArray(); // A stable order: the first that takes writes, else the first.
        foreach (var (side, look) in met)
        {
            if (look.System != met[0].Look.System)
            {
                throw new VerifyException(
                    VerifyFault.NotComparable,
                    $"{side.Member} and {met[0].Side.Member} are not of one store: their system identifiers are {look.System} and {met[0].Look.System}");
            }

            if (look.Version / VersionUnit != met[0].Look.Version / VersionUnit)
            {
                throw new VerifyException(
                    VerifyFault.NotComparable,
                    $"{side.Member} and {met[0].Side.Member} run different major versions ({look.Version} and {met[0].Look.Version}), whose hashes may differ");
            }
        }

        _sides = [.. met.Select(pair => pair.Side)];
        _identity = met[0].Look.System;
        var members = ImmutableArray.CreateBuilder<(Side, ImmutableArray<string>)>();
        members.Add((met[0].Side, met[0].Look.Databases));
        foreach (var (side, _) in met.Skip(1))
        {
            await new Pair(_sides[0], side, options.CatchUp, time).CatchUpAsync(side, met[0].Look.Reached, cancellationToken);
            members.Add((side, (await side.Target.LookAsync(cancellationToken)).Databases));
        }

        return members.ToImmutable();
    }

    private const int VersionUnit = 10_000;

    private string Scope => $"{string.Join(',', options.Databases)}|{string.Join(',', options.Tables)}";

    private void RequireSame(VerifyState state)
    {
        var problem = state.Format != VerifyState.CurrentFormat ? "is of another version of Holdfast"
            : state.Identity != _identity ? "is of another store"
            : state.Reference != _sides[0].Member ? $"compared with {state.Reference}, and {_sides[0].Member} is the reference now"
            : !state.Members.Order(StringComparer.Ordinal).SequenceEqual(_sides.Select(side => side.Member).Order(StringComparer.Ordinal))
                ? $"is of other members ({string.Join(", ", state.Members)})"
            : state.Scope != Scope ? "is of other tables or databases"
            : null;
        if (problem is not null)
        {
            throw new VerifyException(VerifyFault.NotComparable, $"the saved comparison {problem}: begin anew, without --resume");
        }
    }

    private void Report(string? table)
    {
        var counts = _tally.Counts;
        progress?.Report(new VerifyProgress(
            table, counts.Tables, _plan.Tables.Count(run => run.IsTable), counts.Bytes + _plan.Tables.Sum(run => run.WalkedBytes), _plan.Bytes, counts.Rows,
            counts.Rechecked, counts.Differences, Seconds));
    }

    private double Seconds => (_before?.Seconds ?? 0) + time.GetElapsedTime(_began).TotalSeconds;

    private void Save(bool force)
    {
        lock (_commit)
        {
            if (save is null || (!force && time.GetElapsedTime(_savedAt) < SaveInterval))
            {
                return;
            }

            _savedAt = time.GetTimestamp();
            save(new VerifyState
            {
                Format = VerifyState.CurrentFormat,
                Identity = _identity,
                Reference = _sides[0].Member,
                Members = [.. _sides.Select(side => side.Member)],
                Scope = Scope,
                StartedAt = _startedAt,
                Seconds = Seconds,
                // Sequences are quick, and compared anew by each run.
                Counts = _tally.Counts with { Sequences = 0 },
                Differences = _tally.Differences,
                Undecided = _tally.Undecided,
                Tables = _plan.Tables.ToImmutableSortedDictionary(run => run.Id, run => run.State(), StringComparer.Ordinal),
            });
        }
    }

    private async Task<VerifyResult> ResultAsync(CancellationToken cancellationToken)
    {
        var looks = await Task.WhenAll(_sides.Select(side => side.Target.LookAsync(cancellationToken)));
        var (counts, undecided) = (_tally.Counts, _tally.Undecided);
        return new VerifyResult
        {
            Verdict = counts.Differences > 0 ? VerifyVerdict.Different : undecided.IsEmpty ? VerifyVerdict.Equal : VerifyVerdict.Incomplete,
            System = subject.System,
            Store = subject.Store,
            Reference = _sides[0].Member,
            Members = [.. _sides.Zip(looks, (side, look) => new ComparedMember(side.Member, look.Follows, new Lsn(look.Shown).ToString()))],
            StartedAt = _startedAt,
            Seconds = Seconds,
            Databases = _plan.Databases,
            Tables = counts.Tables,
            Sequences = counts.Sequences,
            Rows = counts.Rows,
            Keys = _plan.Tables.Any(run => !run.IsTable) ? counts.Keys : null,
            Bytes = counts.Bytes,
            Chunks = counts.Chunks,
            Rechecked = counts.Rechecked,
            RowsSettled = counts.RowsSettled,
            DifferenceCount = counts.Differences,
            Differences = _tally.Differences,
            LeftOut = [.. _leftOut],
            Undecided = undecided,
            Resumed = _before is not null,
        };
    }

    private static Counts Sum(Counts one, Counts two) => one with
    {
        Rows = one.Rows + two.Rows,
        Keys = one.Keys + two.Keys,
        Bytes = one.Bytes + two.Bytes,
        Chunks = one.Chunks + two.Chunks,
        Rechecked = one.Rechecked + two.Rechecked,
        RowsSettled = one.RowsSettled + two.RowsSettled,
    };
}
