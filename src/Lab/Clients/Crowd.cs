using System.Collections.Immutable;
using Holdfast.Harness;
using Holdfast.Harness.Members;
using Holdfast.Lab.Plans;

namespace Holdfast.Lab.Clients;

/// <summary>All clients of a run.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private const int Writers = 3;
    private const int Readers = 2;
    private static readonly TimeSpan WriterPause = TimeSpan.FromMilliseconds(8);
    private static readonly TimeSpan ReaderPause = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan PinnedPause = TimeSpan.FromMilliseconds(80);
    /// <summary>All servers run again by then, and answer whom they still can.</summary>
    private static readonly TimeSpan LateAnswers = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stop = new();
    private readonly Journal _journal;
    private readonly Task _running;
    private bool _stopped;

    private Crowd(ImmutableArray<MemberHost> hosts, Door gate, Journal journal, int seed)
    {
        _journal = journal;
        ImmutableArray<Door> members = [.. hosts.Select(Door.Of)];
        var (primary, gated) = (new PrimaryRoute(members), new PinnedRoute(gate, isGate: true));
        IEnumerable<Client> clients =
        [
            .. Enumerable.Range(1, Writers).Select(
                number => new Writer($"writer {number}", primary, journal, new Draw(((ulong)seed << 32) ^ (ulong)number ^ 0xC11E), 60, WriterPause)),
            .. members.Select(member => new Writer($"writer at {member.Name}", new PinnedRoute(member), journal, new Draw(1), 0, PinnedPause)),
            new Writer("writer at the gate", gated, journal, new Draw(((ulong)seed << 32) ^ 0x6A7E), 60, PinnedPause),
            .. Enumerable.Range(1, Readers).Select(number => new Reader($"reader {number}", primary, journal, ReaderPause)),
            new Reader("reader at the gate", gated, journal, ReaderPause),
            .. members.Select(member => new Reader($"reader at {member.Name}", new PinnedRoute(member), journal, PinnedPause)),
        ];
        _running = Task.WhenAll(clients.Select(client => Task.Run(() => client.RunAsync(_stop.Token))));
    }

    /// <summary>Starts them, and returns when commits are acknowledged.</summary>
    public static async Task<Crowd> StartAsync(ImmutableArray<MemberHost> members, Door gate, Journal journal, int seed)
    {
        var crowd = new Crowd(members, gate, journal, seed);
        await crowd.GoesOnAsync(TimeSpan.FromSeconds(20));
        return crowd;
    }

    /// <summary>Waits until ten more commits have been acknowledged to writers that roam, and three through the gate.</summary>
    /// <exception cref="TimeoutException">They were not.</exception>
    public Task GoesOnAsync(TimeSpan deadline)
    {
        var (wanted, gated) = (_journal.Acknowledged + 10, _journal.Gated + 3);
        return Eventually.TrueAsync(
            () => (_journal.Acknowledged >= wanted && _journal.Gated >= gated) || (_running.IsFaulted ? throw _running.Exception! : false), deadline,
            () => _journal.Acknowledged >= wanted ? "no commit is acknowledged any more through the gate" : "no commit is acknowledged any more");
    }

    public async Task StopAsync()
    {
        _stopped = true;
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(15));
        await _journal.SettleAsync(LateAnswers);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await StopAsync();
        }

        _stop.Dispose();
    }
}
