using System.Globalization;
using System.Text;

namespace Holdfast.Coordination.Etcd.Blocking;

/// <summary>Reads one HTTP/1.1 answer from a stream, no byte more.</summary>
internal sealed class BlockingAnswer(Stream stream, Action beforeRead)
{
    /// <summary>etcd's answers to a renewal or a log-in are a few hundred bytes.</summary>
    private const int Longest = 1 << 20;

    private readonly byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>Status and body, whether its length is given or it comes in chunks.</summary>
    /// <exception cref="IOException">The connection ended, or this is not HTTP.</exception>
    public (int Status, byte[] Body) Read()
    {
        var status = Status(Line());
        long? length = null;
        var chunked = false;
        for (var header = Line(); header.Length > 0; header = Line())
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon < 0 ? (header, "") : (header[..colon], header[(colon + 1)..].Trim());
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                length = Number(value, NumberStyles.None);
            }
            else if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                chunked = value.Equals("chunked", StringComparison.OrdinalIgnoreCase);
            }
        }

        return (status, chunked ? Chunks() : Bytes(length ?? throw new IOException("an answer without a length")));
    }

    private byte[] Chunks()
    {
        var body = new List<byte>();
        for (var size = ChunkSize(); size > 0; size = ChunkSize())
        {
            body.AddRange(Bytes(size));
            Line();
        }

        // Trailers, up to the empty line.
        while (Line().Length > 0)
        {
        }

        return [.. body];
    }

    private long ChunkSize() => Number(Line().Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier);

    private byte[] Bytes(long count)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            Fill();
            var part = (int)Math.Min(count - filled, _end - _start);
            _buffer.AsSpan(_start, part).CopyTo(bytes.AsSpan(filled));
            _start += part;
            filled += part;
        }

        return bytes;
    }

    private string Line()
    {
        var line = new StringBuilder();
        while (true)
        {
            Fill();
            var next = (char)_buffer[_start++];
            if (next == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(line.Length < Longest ? next : throw new IOException("a line without an end"));
        }
    }

    private void Fill()
    {
        if (_start < _end)
        {
            return;
        }

        beforeRead();
        _start = 0;
        _end = stream.Read(_buffer);
        if (_end == 0)
        {
            throw new IOException("the server closed the connection");
        }
    }

    private static int Status(string line) =>
        line.StartsWith("HTTP/1.", StringComparison.Ordinal) && line.Length >= 12
            && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, null, out var status)
            ? status
            : throw new IOException("the answer is not HTTP");

    private static long Number(string text, NumberStyles styles) =>
        long.TryParse(text, styles, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= Longest
            ? number
            : throw new IOException($"an answer of length \"{text}\"");
}
