using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Hosts;

/// <summary>The one etcd of the quickstart. Its data is really flushed to disk, as in earnest.</summary>
internal sealed class Etcd(Place place, ProcessLedger ledger, HttpClient http, TimeProvider time) : IDisposable
{
    public const string LedgerName = "etcd";
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);
    private Detached? _process;

    /// <summary>Starts it on its data, old or new, and waits until it answers.</summary>
    /// <exception cref="QuickstartException">It ends, or does not answer in time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var client = place.Etcd.GetLeftPart(UriPartial.Authority);
        var peer = $"http://127.0.0.1:{place.EtcdPeerPort}";
        _process?.Dispose();
        _process = Detached.Start(
            place.EtcdLog,
            "etcd",
            "--name", "quickstart",
            "--data-dir", place.EtcdData,
            "--listen-client-urls", client,
            "--advertise-client-urls", client,
            "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer,
            "--initial-cluster", $"quickstart={peer}",
            "--pre-vote");
        ledger.Add(LedgerName, _process.Identity);

        var start = time.GetTimestamp();
        while (!await AnswersAsync(cancellationToken))
        {
            if (!_process.Identity.IsAlive() || time.GetElapsedTime(start) > StartDeadline)
            {
                throw new QuickstartException($"etcd does not answer at {client}; its last words are in {place.EtcdLog}");
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
            return (await http.GetStringAsync(new Uri(place.Etcd, "/health"), deadline.Token))
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
