using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Engines.Redis.Protocol;

/// <summary>One reply of the server's: a text, a number, a list, nothing, or an error.</summary>
/// <param name="Text">Of a string or an error; null: there is no such thing.</param>
internal sealed record Reply(string? Text, long Number = 0, IReadOnlyList<Reply>? Items = null, bool IsError = false)
{
    public IReadOnlyList<string> Texts => [.. (Items ?? []).Select(item => item.Text ?? "")];

    /// <summary>The first word of an error, such as <c>LOADING</c>; else null.</summary>
    public string? ErrorKind => IsError ? Text!.Split(' ')[0] : null;
}

/// <summary>The server has answered, and the answer is no.</summary>
internal sealed class RespErrorException(string message) : Exception(message)
{
    public RespErrorException() : this("") { }
    public RespErrorException(string message, Exception inner) : this(message) => _ = inner;
    public string Kind => Message.Split(' ')[0];
}

/// <summary>
/// A connection to a server, in its protocol (RESP 2, and 3 where that was asked for with HELLO): commands as lists of strings, replies in the order of the
/// commands. Maps come as lists of names and values in turns. A fault or a cancelled call leaves it unusable.
/// </summary>
internal sealed class RespConnection : IDisposable
{
    private const long LongestReply = 512L << 20;
    /// <summary>As in <c>txt:</c>.</summary>
    private const int KindMark = 4;
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly byte[] _buffer = new byte[16 << 10];
    private int _from;
    private int _to;

    private readonly Encoding _encoding;

    /// <summary>Gets what the server tells without being asked, in its place between the replies; RESP 3 only.</summary>
    public Action<IReadOnlyList<Reply>>? Told { get; set; }

    private RespConnection(Socket socket, Encoding? encoding) =>
        (_socket, _stream, _encoding) = (socket, new NetworkStream(socket, ownsSocket: true), encoding ?? Encoding.UTF8);

    /// <param name="encoding">How bytes are letters and back; null: UTF-8.</param>
    public static async Task<RespConnection> ConnectAsync(string socketPath, CancellationToken cancellationToken, Encoding? encoding = null)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
            return new RespConnection(socket, encoding);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <param name="encoding">How bytes are letters and back; null: UTF-8.</param>
    public static async Task<RespConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken, Encoding? encoding = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return new RespConnection(socket, encoding);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One command; an error comes as <see cref="RespErrorException"/>.</summary>
    public async Task<Reply> CallAsync(CancellationToken cancellationToken, params IReadOnlyList<string> words)
    {
        var reply = (await CallAllAsync([words], cancellationToken))[0];
        return reply.IsError ? throw new RespErrorException(reply.Text!) : reply;
    }

    /// <summary>Several at once; errors are replies like others.</summary>
    public async Task<IReadOnlyList<Reply>> CallAllAsync(IReadOnlyList<IReadOnlyList<string>> commands, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encode(commands, _encoding), cancellationToken);
        var replies = new Reply[commands.Count];
        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = await ReadAsync(cancellationToken);
        }

        return replies;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    internal static byte[] Encode(IReadOnlyList<IReadOnlyList<string>> commands, Encoding encoding)
    {
        using var bytes = new MemoryStream();
        foreach (var words in commands)
        {
            Write(bytes, $"*{words.Count}\r\n", encoding);
            foreach (var word in words)
            {
                Write(bytes, $"${encoding.GetByteCount(word)}\r\n", encoding);
                Write(bytes, word, encoding);
                Write(bytes, "\r\n", encoding);
            }
        }

        return bytes.ToArray();
    }

    private static void Write(MemoryStream bytes, string text, Encoding encoding) => bytes.Write(encoding.GetBytes(text));

    private async Task<Reply> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await LineAsync(cancellationToken);
        var rest = line[1..];
        switch (line[0])
        {
            case '>':
                var told = await ItemsAsync(Integer(rest), cancellationToken);
                Told?.Invoke(told);
                return await ReadAsync(cancellationToken);
            case '+' or ',' or '#' or '(':
                return new Reply(rest);
            case '_':
                return new Reply(null);
            case '-':
                return new Reply(rest, IsError: true);
            case ':':
                return new Reply(rest, Integer(rest));
            case '$' when Integer(rest) is var length:
                return length < 0 ? new Reply(null) : new Reply(await TextAsync(length, cancellationToken));
            case '=':
                // Three letters say what kind of text it is.
                return new Reply((await TextAsync(Integer(rest), cancellationToken))[KindMark..]);
            case '*' or '~' when Integer(rest) is var count:
                return new Reply(null, Items: count < 0 ? null : await ItemsAsync(count, cancellationToken));
            case '%' when Integer(rest) is var pairs:
                return new Reply(null, Items: await ItemsAsync(2 * pairs, cancellationToken));
            default:
                throw new IOException($"the server answers in no form that is known: '{line[0]}'");
        }
    }

    private async Task<IReadOnlyList<Reply>> ItemsAsync(long count, CancellationToken cancellationToken)
    {
        var items = new List<Reply>();
        for (var i = 0L; i < count; i++)
        {
            items.Add(await ReadAsync(cancellationToken));
        }

        return items;
    }

    private static long Integer(string text) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : throw new IOException($"'{text}' is no number");

    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            var next = await ByteAsync(cancellationToken);
            if (next == '\r')
            {
                await ByteAsync(cancellationToken);
                return line.Count > 0 ? Encoding.UTF8.GetString([.. line]) : throw new IOException("the server answers with an empty line");
            }

            line.Add(next);
        }
    }

    private async Task<string> TextAsync(long length, CancellationToken cancellationToken)
    {
        if (length > LongestReply)
        {
            throw new IOException($"the server answers with {length} bytes, more than is taken");
        }

        var text = new byte[length];
        for (var done = 0; done < text.Length;)
        {
            await FillAsync(cancellationToken);
            var part = Math.Min(_to - _from, text.Length - done);
            _buffer.AsSpan(_from, part).CopyTo(text.AsSpan(done));
            _from += part;
            done += part;
        }

        await ByteAsync(cancellationToken);
        await ByteAsync(cancellationToken);
        return _encoding.GetString(text);
    }

    private async ValueTask<byte> ByteAsync(CancellationToken cancellationToken)
    {
        await FillAsync(cancellationToken);
        return _buffer[_from++];
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_from == _to)
        {
            (_from, _to) = (0, await _stream.ReadAsync(_buffer, cancellationToken));
            if (_to == 0)
            {
                throw new IOException("the server closed the connection");
            }
        }
    }
}
