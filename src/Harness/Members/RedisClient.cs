using System.Net.Sockets;
using System.Text;

namespace Holdfast.Harness.Members;

/// <summary>The server has said no.</summary>
public sealed class RedisRefusalException(string message) : IOException(message)
{
    public RedisRefusalException() : this("") { }
    public RedisRefusalException(string message, Exception inner) : this($"{message}: {inner?.Message}") { }
}

/// <summary>A connection of an application's to one Redis server; blocking, each call bounded by a second.</summary>
public sealed class RedisClient : IDisposable
{
    private const int LimitMilliseconds = 1000;
    private readonly TcpClient _connection = new() { NoDelay = true, SendTimeout = LimitMilliseconds, ReceiveTimeout = LimitMilliseconds };
    private readonly BufferedStream _stream;

    /// <exception cref="IOException">No connection, or the password is wrong.</exception>
    public RedisClient(int port, string user, string password, string address = "127.0.0.1")
    {
        try
        {
            _connection.Connect(address, port);
            _stream = new BufferedStream(_connection.GetStream());
            Call("AUTH", user, password);
        }
        catch (SocketException fault)
        {
            _connection.Dispose();
            throw new IOException(fault.Message, fault);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>A string or a number as text; of a list its items, one per line; null: there is none.</summary>
    /// <exception cref="RedisRefusalException">The server says no.</exception>
    public string? Call(params ReadOnlySpan<string> words)
    {
        var text = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words)
        {
            text.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        _stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        _stream.Flush();
        return Read();
    }

    public void Dispose() => _connection.Dispose();

    private string? Read()
    {
        var line = Line();
        switch (line[0])
        {
            case '-':
                throw new RedisRefusalException(line[1..]);
            case '$':
                var length = int.Parse(line[1..]);
                if (length < 0)
                {
                    return null;
                }

                var bytes = new byte[length + 2];
                _stream.ReadExactly(bytes);
                return Encoding.UTF8.GetString(bytes, 0, length);
            case '*':
                return string.Join('\n', Enumerable.Range(0, int.Parse(line[1..])).Select(_ => Read()));
            default:
                return line[1..];
        }
    }

    private string Line()
    {
        var line = new StringBuilder();
        for (var next = _stream.ReadByte(); next != '\n'; next = _stream.ReadByte())
        {
            line.Append(next >= 0 ? (char)next : throw new IOException("the server closed the connection"));
        }

        return line.ToString().TrimEnd('\r');
    }
}
