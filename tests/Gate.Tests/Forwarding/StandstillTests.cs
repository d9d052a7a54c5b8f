using System.Net.Sockets;
using Holdfast.Core.Topology;
using Holdfast.Gate.Forwarding;

namespace Holdfast.Gate.Tests.Forwarding;

/// <summary>A gate that stood still forwards nothing before it has looked whether it still may.</summary>
public sealed class StandstillTests : PortBench
{
    [Fact]
    public async Task After_a_standstill_nothing_passes_before_somebody_has_looked()
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        var looks = 0;
        // As a store's gate does that finds its proof too old.
        Lookout.Add(() =>
        {
            looks++;
            Port.Follow([], _ => false, recut: true, "the proof is too old");
        });

        await client.SendAsync(new byte[] { 1 }, Token);
        (await server.ReceiveAsync(new byte[8], Token).AsTask().WaitAsync(Soon, Token)).ShouldBe(1, "somebody has looked lately");
        looks.ShouldBe(0);

        Time.Advance(Lookout.Late * 2);
        await client.SendAsync(new byte[] { 2 }, Token);
        await Should.ThrowAsync<SocketException>(
            async () => await server.ReceiveAsync(new byte[8], Token).AsTask().WaitAsync(Soon, Token), "a reset in place of the byte");
        await EndsAsync(client);
        looks.ShouldBe(1);
        Port.Counters.Cut.ShouldBe(1);
    }

    [Fact]
    public async Task A_standstill_after_which_the_proof_still_holds_costs_nobody_a_connection()
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        Lookout.Add(() => Port.Follow([Here], target => target == Here, recut: true, "a serves"));
        for (var round = 0; round < 3; round++)
        {
            Time.Advance(Lookout.Late * 2);
            await client.SendAsync(new byte[] { 1 }, Token);
            (await server.ReceiveAsync(new byte[8], Token).AsTask().WaitAsync(Soon, Token)).ShouldBe(1);
        }

        Port.Counters.Cut.ShouldBe(0);
    }

    [Fact]
    public async Task A_large_transfer_stops_in_the_middle()
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        // Each look finds that the proof is good, but the last: meanwhile the transfer must ask again and again.
        var looks = 0;
        Lookout.Add(() => Port.Follow([Here], _ => ++looks < 5, recut: true, "a serves"));
        const long most = 1L << 30;
        var sending = Task.Run(
            async () =>
            {
                var piece = new byte[1 << 20];
                for (var sent = 0L; sent < most; sent += piece.Length)
                {
                    await client.SendAsync(piece, Token);
                    Time.Advance(Lookout.Late * 2);
                }
            }, Token);
        await Should.ThrowAsync<SocketException>(
            async () =>
            {
                var buffer = new byte[1 << 20];
                for (var received = 0L; received < most;)
                {
                    received += await server.ReceiveAsync(buffer, Token).AsTask().WaitAsync(Soon, Token);
                }
            },
            "a reset");
        await Should.ThrowAsync<SocketException>(sending.WaitAsync(Soon, Token));
        looks.ShouldBe(5);
    }

    [Fact]
    public async Task A_look_that_was_itself_stopped_does_not_count()
    {
        var looks = 0;
        Lookout.Add(() =>
        {
            if (++looks < 3)
            {
                Time.Advance(Lookout.Late * 2); // Between what it saw and what it ordered.
            }
        });
        Time.Advance(Lookout.Late * 2);
        await Task.Run(Lookout.Heed, Token).WaitAsync(Soon, Token);
        looks.ShouldBe(3);
        Lookout.IsLate.ShouldBeFalse();
    }
}
