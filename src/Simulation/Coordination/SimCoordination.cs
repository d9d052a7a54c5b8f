using System.Runtime.CompilerServices;
using Holdfast.Coordination;
using Holdfast.Simulation.Faults;
using Holdfast.Simulation.Servers;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Coordination;

/// <summary>
/// Coordination as one run of an agent reaches it: calls are slow, get lost, or are done without an answer, or long after they were given up.
/// </summary>
/// <param name="rewrites">What a planted defect makes of a transaction.</param>
/// <param name="lateBy">By how many ms the next transaction is late, beyond its deadline; 0: as the weather is.</param>
/// <param name="stretch">So many times as long as it was granted a lease seems: 1, but for a planted defect.</param>
internal sealed class SimCoordination(
    World world, AgentRun run, SimCluster cluster, Func<Transaction, Transaction> rewrites, double stretch = 1,
    Func<long>? lateBy = null) : ICoordination
{
    /// <summary>Deadline of each call, in ms; also how long a call in flight can outlive its sender, times five.</summary>
    private const int TimeoutMs = 400;

    private static readonly CoordinationException NoAnswer = new(CoordinationFault.Indeterminate, "simulated: no answer");
    private static readonly CoordinationException NotThere = new(CoordinationFault.Unreachable, "simulated: cannot be reached");

    public Task<PrefixSnapshot> ReadAsync(string prefix, CancellationToken cancellationToken) =>
        Call(() => cluster.Store.Read(prefix), cancellationToken);

    public Task<TransactionResult> TransactAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        var sent = rewrites(transaction);
        if (lateBy?.Invoke() is not (> 0 and var late))
        {
            return Call(() => cluster.Store.Transact(sent), cancellationToken);
        }

        run.ThrowIfEnded();
        var call = new PendingCall<TransactionResult>(run, cancellationToken);
        DoLate(() => cluster.Store.Transact(sent), late);
        call.Fail(TimeoutMs, NoAnswer);
        return call.Task;
    }

    public Task<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        Call(() => cluster.Store.Grant(timeToLive), cancellationToken);

    public Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellationToken) =>
        Call(() => cluster.Store.Renew(leaseId), cancellationToken);

    public Task RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) =>
        Call(() => cluster.Store.Revoke(leaseId), cancellationToken);

    /// <summary>The calling thread is ahead of the others when it returns: what the call took shows on its boot clock.</summary>
    public TimeSpan? KeepAlive(long leaseId, TimeSpan deadline)
    {
        run.ThrowIfEnded();
        var fate = Fate();
        if (!IsReached || fate < world.Weather.LateCalls)
        {
            if (IsReached && world.Chance(0.5))
            {
                cluster.Store.Renew(leaseId); // The answer got lost.
            }

            run.Blocked(deadline);
            throw NoAnswer;
        }

        var took = TimeSpan.FromMilliseconds(world.Between(1, 8));
        if (fate > 1 - world.Weather.FreezesInCalls)
        {
            // The host stands still between the question and the answer.
            took = TimeSpan.FromMilliseconds(world.Between(100, 1_500));
            world.Oath.Fault();
            world.Note(run.Host, $"FAULT frozen for {took.TotalMilliseconds} ms while it renews a lease");
            world.Schedule.Freeze(run.Host, world.Now + (long)took.TotalMilliseconds);
            if (world.Chance(0.5))
            {
                // And comes back alone: this renewal was the last one.
                Nemesis.Do(world, new Fault(world.Now, FaultKind.Cut, run.Host, world.Between(2_000, 6_000), [Network.Coordination, .. world.Hosts.Keys]));
            }
        }

        run.Blocked(took);
        return cluster.Store.Renew(leaseId) is { } granted ? world.Defect.LeaseCountsFromAnswer ? granted + took : granted * stretch : null;
    }

    public async IAsyncEnumerable<WatchUpdate> WatchAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watch = new SimWatch(world, run, cluster, prefix);
        while (true)
        {
            yield return await watch.NextAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private bool IsReached => cluster.IsReachedBy(run.Host);

    private double Fate() => world.Calm ? 0.5 : world.Random.NextDouble();

    private Task<T> Call<T>(Func<T> work, CancellationToken cancellationToken)
    {
        run.ThrowIfEnded();
        cancellationToken.ThrowIfCancellationRequested();
        var call = new PendingCall<T>(run, cancellationToken);
        var fate = Fate();
        var sent = world.Now;
        if (cluster.IsDown || !cluster.Connects(run.Host))
        {
            var atOnce = world.Chance(0.5);
            call.Fail(atOnce ? world.Between(1, 30) : TimeoutMs, atOnce ? NotThere : NoAnswer);
        }
        else if (fate < world.Weather.LateCalls)
        {
            // Given up by its sender, and done later, if coordination is there then.
            DoLate(work, world.Between(0, TimeoutMs * 5));
            call.Fail(TimeoutMs, NoAnswer);
        }
        else
        {
            var waits = Math.Max(0, cluster.LeaderlessUntil - sent);
            var there = world.Between(0, 4 + cluster.Distance) + cluster.DelayTo(run.Host) + waits;
            world.After(there, null, () => Arrive(call, sent, fate, work));
        }

        return call.Task;
    }

    private void Arrive<T>(PendingCall<T> call, long sent, double fate, Func<T> work)
    {
        var left = Math.Max(0, TimeoutMs - (world.Now - sent));
        if (!IsReached)
        {
            call.Fail(left, NoAnswer);
            return;
        }

        var fault = Attempt(work, out var result);
        var back = world.Between(0, 4 + cluster.Distance) + cluster.DelayTo(run.Host);
        if (back > left || fate > 1 - world.Weather.LostAnswers)
        {
            call.Fail(left, NoAnswer);
        }
        else if (fault is not null)
        {
            call.Fail(back, fault);
        }
        else
        {
            call.Answer(back, result!);
        }
    }

    private void DoLate<T>(Func<T> work, long milliseconds) => world.After(milliseconds, null, () =>
    {
        if (cluster.Answers)
        {
            Attempt(work, out _);
            world.Note(run.Host, "a call in flight has taken effect late");
            world.Oath.Fault();
        }
    });

    private static CoordinationException? Attempt<T>(Func<T> work, out T? result)
    {
        try
        {
            result = work();
            return null;
        }
        catch (CoordinationException exception)
        {
            result = default;
            return exception;
        }
    }
}

/// <summary>A call that an agent waits for.</summary>
internal sealed class PendingCall<T>
{
    private readonly AgentRun _run;
    private readonly TaskCompletionSource<T> _answer = new();
    private readonly CancellationTokenRegistration _cancelled;

    public PendingCall(AgentRun run, CancellationToken cancellationToken)
    {
        _run = run;
        _cancelled = cancellationToken.CanBeCanceled ? cancellationToken.Register(() => _answer.TrySetCanceled(cancellationToken)) : default;
    }

    public Task<T> Task => _answer.Task;

    public void Answer(long milliseconds, T result) => _run.After(TimeSpan.FromMilliseconds(milliseconds), () =>
    {
        _cancelled.Dispose();
        _answer.TrySetResult(result);
    });

    public void Fail(long milliseconds, Exception fault) => _run.After(TimeSpan.FromMilliseconds(milliseconds), () =>
    {
        _cancelled.Dispose();
        _answer.TrySetException(fault);
    });
}
