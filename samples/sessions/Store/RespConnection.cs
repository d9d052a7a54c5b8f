using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Sessions.Store;

/// <summary>One answer of the server's: bytes, a number, a list, nothing at all, or an error.</summary>
internal sealed record Reply(byte[]? Bytes, long Number = 0, IReadOnlyList<Reply>? Items = null, bool IsError = false)
{
    public string? Text => Bytes is null ? null : Encoding.UTF8.GetString(Bytes);

    /// <summary>The first word of an error, such as <c>READONLY</c>.</summary>
    public string ErrorKind => Text!.Split(' ')[0];
}

/// <summary>A word of a command: text or bytes.</summary>
internal readonly record struct Word(ReadOnlyMemory<byte> Bytes)
{
    public static implicit operator Word(string text) => new(Encoding.UTF8.GetBytes(text));
    public static implicit operator Word(byte[] bytes) => new(bytes);
    public static implicit operator Word(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// A connection in the server's protocol (RESP 2), one command at a time. After a fault or a cancelled call nobody knows which answer would come
/// next: it must be disposed.
/// </summary>
internal sealed class RespConnection : IDisposable
{
    private const int LongestText = 64 << 20;
    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;

    private RespConnection(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
    }

    public static async Task<RespConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return new RespConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task<Reply> CallAsync(IReadOnlyList<Word> command, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encode(command), cancellationToken);
        return await ReadAsync(cancellationToken);
    }

    public void Dispose() => _stream.Dispose();

    internal static ReadOnlyMemory<byte> Encode(IReadOnlyList<Word> command)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        Encoding.ASCII.GetBytes($"*{command.Count}\r\n", bytes);
        foreach (var word in command)
        {
            Encoding.ASCII.GetBytes($"${word.Bytes.Length}\r\n", bytes);
            bytes.Write(word.Bytes.Span);
            bytes.Write("\r\n"u8);
        }

        return bytes.WrittenMemory;
    }

    private async Task<Reply> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await LineAsync(cancellationToken);
        var rest = line[1..];
        switch ((char)line[0])
        {
            case '+':
                return new Reply(rest);
            case '-':
                return new Reply(rest, IsError: true);
            case ':':
                return new Reply(rest, Number(rest));
            case '$':
                var length = Number(rest);
                return new Reply(length < 0 ? null : await BytesAsync(length, cancellationToken));
            case '*':
                var items = new List<Reply>();
                for (var left = Number(rest); left > 0; left--)
                {
                    items.Add(await ReadAsync(cancellationToken));
                }

                return new Reply(null, Items: items);
            default:
                throw new IOException("what answers at the store's address does not speak the protocol of Redis");
        }
    }

    private static long Number(byte[] digits) =>
        long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new IOException("the store answers with a length that is no number");

    private async Task<byte[]> LineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = read.Buffer.Slice(0, end).ToArray();
                _reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line is [_, .., (byte)'\r'] ? line[..^1] : throw new IOException("the store answers with a line of no form that is known");
            }

            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            ThrowIfOver(read);
        }
    }

    private async Task<byte[]> BytesAsync(long length, CancellationToken cancellationToken)
    {
        if (length > LongestText)
        {
            throw new IOException($"the store answers with {length} bytes, more than is taken");
        }

        while (true)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length >= length + 2)
            {
                var bytes = read.Buffer.Slice(0, length).ToArray();
                _reader.AdvanceTo(read.Buffer.GetPosition(length + 2));
                return bytes;
            }

            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            ThrowIfOver(read);
        }
    }

    private static void ThrowIfOver(ReadResult read)
    {
        if (read.IsCompleted)
        {
            throw new IOException("the store closed the connection");
        }
    }
}
