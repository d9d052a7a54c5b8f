using System.Globalization;
using System.Text;
using Holdfast.Engines.Redis.Protocol;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>A key's type and its value, in a form that is the same wherever it is the same.</summary>
internal sealed record KeyValue(string Type, string Text);

/// <summary>
/// Reads keys as bytes and tells them as text: as UTF-8 where they are that, else as <c>\x</c> and hexadecimal digits. Connections for it must be opened
/// with <see cref="Raw"/>, so that a letter is a byte.
/// </summary>
internal static class KeyText
{
    private const string HexMark = @"\x";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Encoding Raw => Encoding.Latin1;

    public static string Tell(string raw)
    {
        var bytes = Raw.GetBytes(raw);
        try
        {
            var text = Strict.GetString(bytes);
            return text.StartsWith(HexMark, StringComparison.Ordinal) ? HexMark + Convert.ToHexStringLower(bytes) : text;
        }
        catch (DecoderFallbackException)
        {
            return HexMark + Convert.ToHexStringLower(bytes);
        }
    }

    public static string Untell(string text) =>
        Raw.GetString(text.StartsWith(HexMark, StringComparison.Ordinal) ? Convert.FromHexString(text.AsSpan(HexMark.Length)) : Strict.GetBytes(text));

    /// <summary>The values of keys of the selected database, in their order; null: there is no such key.</summary>
    public static async Task<IReadOnlyList<KeyValue?>> ReadAsync(RespConnection connection, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var types = await connection.CallAllAsync([.. keys.Select(key => (string[])["TYPE", key])], cancellationToken);
        var replies = await connection.CallAllAsync([.. keys.Zip(types, (key, type) => Command(type.Text ?? "", key))], cancellationToken);
        return [.. types.Zip(replies, (type, reply) => Value(type.Text ?? "none", reply))];
    }

    private static string[] Command(string type, string key) => type switch
    {
        "string" => ["GET", key],
        "list" => ["LRANGE", key, "0", "-1"],
        "set" => ["SMEMBERS", key],
        "zset" => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
        "hash" => ["HGETALL", key],
        "stream" => ["XRANGE", key, "-", "+"],
        _ => ["DUMP", key],
    };

    private static KeyValue? Value(string type, Reply reply) => type == "none" || reply is { Text: null, Items: null } ? null
        : reply.IsError ? new KeyValue(type, $"cannot be read: {reply.Text}")
        : new KeyValue(type, type switch
        {
            "string" => Tell(reply.Text!),
            "set" => List(reply.Items!.Select(Flat).Order(StringComparer.Ordinal)),
            "hash" => List(reply.Items!.Chunk(2).Select(pair => $"{Flat(pair[0])}: {Flat(pair[1])}").Order(StringComparer.Ordinal)),
            "list" or "zset" or "stream" => List(reply.Items!.Select(Flat)),
            _ => Tell(reply.Text ?? ""),
        });

    private static string Flat(Reply reply) => reply.Items is { } items ? List(items.Select(Flat)) : Quoted(reply.Text ?? "");

    private static string List(IEnumerable<string> items) => $"[{string.Join(", ", items)}]";

    private static string Quoted(string raw) => string.Create(
        CultureInfo.InvariantCulture, $"\"{Tell(raw).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
}
