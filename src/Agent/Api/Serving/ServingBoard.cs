namespace Holdfast.Agent.Api.Serving;

/// <summary>
/// Holds the newest <see cref="ServingReport"/> and wakes those who wait for another. Knows who waits, so that a server that is about to be
/// stopped in good order can first let all gates hold their new connections. Safe for use by several threads.
/// </summary>
public sealed class ServingBoard(TimeProvider time)
{
    /// <summary>More gates than this are refused, so that they cannot use up the agent.</summary>
    public const int MostWaiting = 256;

    /// <summary>A caller that has not asked again for so long is gone.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Version, long At)> _callers = new(StringComparer.Ordinal);
    private ServingAnswer? _current;
    private TaskCompletionSource _changed = NewSignal();
    private int _waiting;

    /// <summary>Null: the agent has not looked at its server yet.</summary>
    public ServingAnswer? Current => Volatile.Read(ref _current);

    public void Publish(ServingReport report)
    {
        lock (_gate)
        {
            if (_current is { } before && before.Report.SaysTheSame(report))
            {
                Volatile.Write(ref _current, before with { Report = report });
                return;
            }

            Volatile.Write(ref _current, new ServingAnswer((_current?.Version ?? 0) + 1, report));
            Signal();
        }
    }

    /// <summary>The report as soon as it is another than <paramref name="after"/>, or as it is when <paramref name="wait"/> has passed.</summary>
    /// <param name="caller">A name of the caller's own, by which <see cref="AnnouncedAsync"/> knows that it has heard; null: none.</param>
    /// <exception cref="ApiRefusalException">Too many wait already, or nothing is known yet.</exception>
    public async Task<ServingAnswer> NextAsync(long after, TimeSpan wait, string? caller, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new ApiRefusalException(503, $"more than {MostWaiting} callers wait here already", "ask without 'wait'");
        }

        try
        {
            Note(caller, after);
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    changed = _changed.Task;
                    if (_current is { } current && current.Version != after)
                    {
                        return current;
                    }
                }

                var left = wait - time.GetElapsedTime(begun);
                if (left <= TimeSpan.Zero || !await EndsAsync(changed, left, cancellationToken))
                {
                    return Current ?? throw new ApiRefusalException(503, "the agent has not looked at its server yet", "ask again");
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>
    /// Returns when all callers that asked lately have heard the newest report, which is when they ask for a newer one; or at the limit. With
    /// no callers, at once.
    /// </summary>
    public async Task AnnouncedAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
                var version = _current?.Version ?? 0;
                if (!_callers.Values.Any(caller => caller.Version < version && time.GetElapsedTime(caller.At) < Remembered))
                {
                    return;
                }
            }

            var left = limit - time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero || !await EndsAsync(changed, left, cancellationToken))
            {
                return;
            }
        }
    }

    private async Task<bool> EndsAsync(Task changed, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Note(string? caller, long after)
    {
        if (caller is null)
        {
            return;
        }

        lock (_gate)
        {
            var heard = _callers.TryGetValue(caller, out var before) && before.Version != after;
            _callers[caller] = (after, time.GetTimestamp());
            if (_callers.Count > MostWaiting)
            {
                foreach (var gone in _callers.Where(pair => time.GetElapsedTime(pair.Value.At) >= Remembered).Select(pair => pair.Key).ToArray())
                {
                    _callers.Remove(gone);
                }
            }

            if (heard)
            {
                Signal(); // AnnouncedAsync may be waiting for this one.
            }
        }
    }

    private void Signal()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }

    // Continuations must not run inside our lock.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
