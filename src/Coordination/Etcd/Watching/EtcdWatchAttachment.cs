using Holdfast.Coordination.Etcd.Wire;

namespace Holdfast.Coordination.Etcd.Watching;

/// <summary>
/// A watch while it is attached to one server. An idle stream looks the same whether nothing happens or the server is frozen or cut off
/// from its majority, and etcd's own progress messages come every ten minutes. So a linearizable read of the keys' revisions goes to the
/// same server twice a second: if it shows what the stream has told, the picture was current when the read was sent, and that is what
/// <see cref="WatchUpdate.Alive"/> says. If it does not come, or the stream does not catch up with it, the attachment ends.
/// </summary>
internal sealed class EtcdWatchAttachment(
    EtcdSession session, Uri endpoint, string prefix, TimeProvider time, EtcdWatchPicture picture,
    Func<WatchUpdate, CancellationToken, Task> emit)
{
    private readonly TimeSpan _limit = session.Spec.RequestTimeout / 2;
    private readonly List<WatchEvent> _fragments = [];
    private RangeResponse? _proof;

    /// <summary>Runs until the history needed is compacted (returns, and the picture needs a whole snapshot), cancelled, or something
    /// fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // The read comes first also when only the stream is to be resumed: it finds out whether the server serves, and logs in if need be.
        _proof = await ReadAsync(keysOnly: !picture.NeedsWhole, cancellationToken);
        if (_proof.Header?.Revision < picture.Revision)
        {
            // Restored from a backup: what was known is void.
            picture.Forget();
            _proof = await ReadAsync(keysOnly: false, cancellationToken);
        }

        if (picture.NeedsWhole)
        {
            var whole = Keys.Decode(_proof);
            picture.Replace(whole);
            await emit(new WatchUpdate.Whole(whole), cancellationToken);
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var stream = await EtcdWatchStream.OpenAsync(
            session, endpoint, prefix, picture.Revision + 1, _limit, cancellationToken);
        Task<WatchResponse>? line = null;
        Task<RangeResponse>? read = null;
        try
        {
            var tick = Task.Delay(_limit, time, ended.Token);
            line = stream.NextAsync(ended.Token);
            var attached = false;
            while (true)
            {
                await (read is null ? Task.WhenAny(line, tick) : Task.WhenAny(line, tick, read));
                if (line.IsCompleted)
                {
                    var response = await line;
                    attached |= response.Created;
                    if (!await TellAsync(response, cancellationToken))
                    {
                        return;
                    }

                    line = stream.NextAsync(ended.Token);
                }
                else if (read is { IsCompleted: true })
                {
                    _proof = await read;
                    read = null;
                }
                else if (tick.IsCompleted)
                {
                    await tick;
                    FailIfBehind(attached);
                    read ??= ReadAsync(keysOnly: true, ended.Token);
                    tick = Task.Delay(_limit, time, ended.Token);
                }

                await ProveAsync(attached, cancellationToken);
            }
        }
        finally
        {
            await ended.CancelAsync();
            await Quietly(line);
            await Quietly(read);
        }
    }

    /// <summary>Passes on what the stream said. False: the history we need is gone.</summary>
    private async Task<bool> TellAsync(WatchResponse response, CancellationToken cancellationToken)
    {
        if (response.Canceled)
        {
            if (response.CompactRevision == 0)
            {
                // A server that has forgotten our token (it was restarted) says no more than "permission denied": log in afresh next time.
                session.Token = null;
                throw new CoordinationException(
                    CoordinationFault.Forbidden,
                    $"etcd at {endpoint.Authority} refuses the watch of {prefix}: {response.CancelReason ?? "no reason given"}");
            }

            picture.Forget();
            return false;
        }

        // A message too long for one frame comes in pieces; only the whole is one or more whole revisions.
        _fragments.AddRange(response.Events ?? []);
        if (response.Fragment)
        {
            return true;
        }

        if (picture.Apply(_fragments) is { } changes)
        {
            await emit(changes, cancellationToken);
        }

        _fragments.Clear();
        return true;
    }

    private async Task ProveAsync(bool attached, CancellationToken cancellationToken)
    {
        if (attached && _proof is { } proof && picture.IsProvenBy(proof.Header?.Revision ?? 0, proof.Kvs ?? []))
        {
            _proof = null;
            await emit(new WatchUpdate.Alive(picture.Revision), cancellationToken);
        }
    }

    private void FailIfBehind(bool attached)
    {
        if (!attached || _proof is not null)
        {
            throw new CoordinationException(
                CoordinationFault.Indeterminate,
                $"etcd at {endpoint.Authority} answers reads, but its watch is behind by more than {_limit.TotalMilliseconds:0} ms");
        }
    }

    private Task<RangeResponse> ReadAsync(bool keysOnly, CancellationToken cancellationToken)
    {
        var (first, end) = Keys.Range(prefix);
        return session.CallOnAsync(
            endpoint, EtcdCalls.Range, new RangeRequest(first, end, keysOnly ? true : null), new Deadline(time, _limit), cancellationToken);
    }

    /// <summary>What a task that nobody waits for any more ends with is of no interest.</summary>
    private static async Task Quietly(Task? task) =>
        await (task ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
