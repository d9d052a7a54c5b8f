using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Holdfast.Agent.Api.Probe;

/// <summary>A body that goes on until its time is up or its bytes are sent: the load that a way is measured with. One buffer serves all of it.</summary>
/// <param name="socket">Of the connection that it is sent on.</param>
internal sealed class Flood(Func<Socket> socket, long mostBytes, TimeSpan longest, TimeProvider time) : HttpContent
{
    /// <summary>Larger than what a compressing tunnel looks back on.</summary>
    private const int NoiseBytes = 64 << 10;
    private const int PieceBytes = 16 << 10;

    /// <summary>
    /// So much may wait in this machine that is not on its way yet. The system's own bound is some megabytes, for which a slow link takes minutes:
    /// then neither the time nor the rate would be what the sender believes.
    /// </summary>
    private const int WaitingAtFirst = 16 << 10;
    /// <summary>Once it is seen to be fast, it must not wait for the sender.</summary>
    private const int WaitingWhenFast = 256 << 10;
    private const long FastFrom = 2 << 20;
    private const int TcpLevel = 6;
    private const int NotSentLowWater = 25;

    private readonly byte[] _noise = RandomNumberGenerator.GetBytes(NoiseBytes);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Bound(WaitingAtFirst);
        var begun = time.GetTimestamp();
        for (long sent = 0; sent < mostBytes && time.GetElapsedTime(begun) < longest; sent += PieceBytes)
        {
            if (sent == FastFrom)
            {
                Bound(WaitingWhenFast);
            }

            await stream.WriteAsync(_noise.AsMemory((int)(sent % NoiseBytes), PieceBytes), cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    private void Bound(int bytes) => socket().SetRawSocketOption(TcpLevel, NotSentLowWater, BitConverter.GetBytes(bytes));
}
