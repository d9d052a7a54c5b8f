using System.Globalization;
using System.Security.Cryptography;
using Holdfast.Engines.Redis.Protocol;

namespace Holdfast.Engines.Redis.Verification;

/// <summary>
/// A connection to which the server tells each change of a key that was read over it, so that two looks at a key can be known to have seen the very same
/// value, unchanged. The server tells of a change before it answers whatever was asked after it.
/// </summary>
internal sealed class KeyWatch : IDisposable
{
    /// <summary>Keys that are watched at most; then it begins anew, and whatever was seen before proves nothing.</summary>
    private const int Most = 50_000;

    private readonly RespConnection _connection;
    private readonly string _name = RandomNumberGenerator.GetHexString(16, lowercase: true);
    /// <summary>By the bytes of its name, how often a key has changed. In which database, the server does not say.</summary>
    private readonly Dictionary<string, long> _changes = new(StringComparer.Ordinal);
    private long _serial;

    private KeyWatch(RespConnection connection)
    {
        _connection = connection;
        _connection.Told = Hear;
    }

    public bool IsFull => _changes.Count >= Most;

    public static async Task<KeyWatch> BeginAsync(RespConnection connection, CancellationToken cancellationToken)
    {
        var watch = new KeyWatch(connection);
        await connection.CallAsync(cancellationToken, "HELLO", "3");
        await connection.CallAsync(cancellationToken, "CLIENT", "TRACKING", "ON");
        return watch;
    }

    /// <summary>Reads keys; each state comes with a name that only the very same, unchanged state has.</summary>
    public async Task<IReadOnlyList<(KeyContent? Content, string Version)>> LookAsync(
        string database, IReadOnlyList<string> keys, long seed, CancellationToken cancellationToken)
    {
        await _connection.CallAsync(cancellationToken, "SELECT", database);
        var before = keys.Select(Changes).ToList();
        var contents = await new KeyReader(_connection, seed).ReadAsync(keys, cancellationToken);
        return
        [
            .. keys.Select((key, i) => (contents[i], Changes(key) == before[i]
                ? string.Create(CultureInfo.InvariantCulture, $"{_name}-{before[i]}")
                // Changed while it was read, perhaps between two pieces.
                : string.Create(CultureInfo.InvariantCulture, $"{_name}-torn-{_serial++}"))),
        ];
    }

    /// <summary>Asks something else; what the server has to tell comes before the answer.</summary>
    public Task<T> AskAsync<T>(Func<RespConnection, Task<T>> ask) => ask(_connection);

    public void Dispose() => _connection.Dispose();

    private long Changes(string key)
    {
        _changes.TryAdd(key, 0);
        return _changes[key];
    }

    private void Hear(IReadOnlyList<Reply> told)
    {
        if (told is not [{ Text: "invalidate" }, var keys])
        {
            return;
        }

        // No names: all of them, as after FLUSHALL.
        foreach (var key in keys.Items is null ? [.. _changes.Keys] : keys.Texts)
        {
            _changes[key] = _changes.GetValueOrDefault(key) + 1;
        }
    }
}
