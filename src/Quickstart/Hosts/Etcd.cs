using System.Collections.Immutable;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Hosts;

/// <summary>One etcd server of the system's cluster. Its data is really flushed to disk, as in earnest.</summary>
/// <param name="all">The servers of the cluster, this one among them.</param>
internal sealed class Etcd(EtcdPlace place, ImmutableArray<EtcdPlace> all, ProcessLedger ledger, HttpClient http, TimeProvider time) : IDisposable
{
    public const string LedgerPrefix = "etcd";
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);
    private Detached? _process;

    public EtcdPlace Place => place;

    /// <summary>Starts it on its data, old or new, and waits until it answers, for which a majority of the cluster must be there.</summary>
    /// <exception cref="QuickstartException">It ends, or does not answer in time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var client = place.Client.GetLeftPart(UriPartial.Authority);
        _process?.Dispose();
        _process = Detached.Start(
            place.Log,
            "etcd",
            "--name", place.Name,
            "--data-dir", place.Data,
            "--listen-client-urls", client,
            "--advertise-client-urls", client,
            "--listen-peer-urls", place.Peer,
            "--initial-advertise-peer-urls", place.Peer,
            "--initial-cluster", string.Join(',', all.Select(server => $"{server.Name}={server.Peer}")),
            // A new leader gives every lease an election timeout more than its whole time. These suit sites some tens of milliseconds apart.
            "--heartbeat-interval", "50",
            "--election-timeout", "500",
            "--pre-vote");
        ledger.Add($"{LedgerPrefix} {place.Site}", _process.Identity);

        var start = time.GetTimestamp();
        while (!await AnswersAsync(cancellationToken))
        {
            if (!_process.Identity.IsAlive() || time.GetElapsedTime(start) > StartDeadline)
            {
                throw new QuickstartException($"etcd does not answer at {client}; its last words are in {place.Log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
    }

    /// <summary>Kills it, as a crash would.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        var process = _process ?? throw new QuickstartException("etcd was never started");
        Signals.Send(process.Identity, Signal.Kill);
        if (!await process.WaitForExitAsync(TimeSpan.FromSeconds(10), cancellationToken))
        {
            throw new QuickstartException($"etcd (process {process.Identity.Pid}) is still there 10 s after it was killed");
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            return (await http.GetStringAsync(new Uri(place.Client, "/health"), deadline.Token))
                .Contains("\"true\"", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => _process?.Dispose();
}
