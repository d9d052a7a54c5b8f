using System.Globalization;
using Holdfast.Engines.Redis.Protocol;

namespace Holdfast.Engines.Redis.Verification;

/// <summary>
/// Reads keys of the selected database in short commands: large values come in pieces. Sets, hashes and sorted sets count without their order, lists and
/// streams with it. How the server keeps a value in memory does not count.
/// </summary>
internal sealed class KeyReader(RespConnection connection, long seed)
{
    /// <summary>What the keys take, by the server's estimate, of which first pieces are read at the same time.</summary>
    private const long AtOnceBytes = 4 << 20;
    private const int PieceBytes = 64 << 10;
    private const int PieceItems = 500;
    private const int Tries = 3;
    /// <summary>What the server puts after what it dumps: its version, and a checksum.</summary>
    private const int DumpTail = 10;
    private const string Gone = "none";

    /// <summary>In their order; null: there is no such key.</summary>
    public async Task<IReadOnlyList<KeyContent?>> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var contents = new List<KeyContent?>(keys.Count);
        var kinds = await CallAsync(
            [.. keys.Select(key => (string[])["TYPE", key]), .. keys.Select(key => (string[])["MEMORY", "USAGE", key])], cancellationToken);
        var batch = new List<(string Key, string Type)>();
        var bytes = 0L;
        for (var i = 0; i < keys.Count; i++)
        {
            batch.Add((keys[i], kinds[i].Text!));
            bytes += kinds[keys.Count + i].Number;
            if (bytes >= AtOnceBytes || i == keys.Count - 1)
            {
                contents.AddRange(await BatchAsync(batch, cancellationToken));
                (batch, bytes) = ([], 0);
            }
        }

        return contents;
    }

    private async Task<List<KeyContent?>> BatchAsync(List<(string Key, string Type)> batch, CancellationToken cancellationToken)
    {
        var replies = await CallAsync(
            [.. batch.Select(one => First(one.Type, one.Key)), .. batch.Select(one => (string[])["PEXPIRETIME", one.Key])], cancellationToken);
        var contents = new List<KeyContent?>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            contents.Add(await ContentAsync(batch[i].Key, batch[i].Type, replies[i], replies[batch.Count + i], cancellationToken));
        }

        return contents;
    }

    private static string[] First(string type, string key) => type switch
    {
        "string" => ["GETRANGE", key, "0", Number(PieceBytes - 1)],
        "list" => ["LRANGE", key, "0", Number(PieceItems - 1)],
        "set" => ["SSCAN", key, "0", "COUNT", Number(PieceItems)],
        "zset" => ["ZSCAN", key, "0", "COUNT", Number(PieceItems)],
        "hash" => ["HSCAN", key, "0", "COUNT", Number(PieceItems)],
        "stream" => ["XRANGE", key, "-", "+", "COUNT", Number(PieceItems)],
        _ => ["DUMP", key],
    };

    private async Task<KeyContent?> ContentAsync(string key, string type, Reply first, Reply expiry, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (type == Gone || expiry.Number == -2 || first is { Text: null, Items: null })
            {
                return null;
            }

            // It was replaced by a key of another type since that was read, or its pieces do not make up a whole.
            var value = first.ErrorKind == "WRONGTYPE" ? null : await ValueAsync(key, type, Checked(first), cancellationToken);
            if (value is not null || attempt == Tries)
            {
                return new KeyContent(type, value ?? "changing", expiry.Number < 0 ? null : expiry.Number);
            }

            type = (await CallAsync([["TYPE", key]], cancellationToken))[0].Text!;
            var again = await connection.CallAllAsync([First(type, key), ["PEXPIRETIME", key]], cancellationToken);
            (first, expiry) = (again[0], again[1]);
        }
    }

    /// <returns>Null: it was changed meanwhile.</returns>
    private async Task<string?> ValueAsync(string key, string type, Reply first, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case "string":
                return await StringAsync(key, first.Text!, cancellationToken);
            case "list":
                return await ListAsync(key, first, cancellationToken);
            case "set":
                return await ScanAsync(key, "SSCAN", "SCARD", 1, first, cancellationToken);
            case "zset":
                return await ScanAsync(key, "ZSCAN", "ZCARD", 2, first, cancellationToken);
            case "hash":
                return await ScanAsync(key, "HSCAN", "HLEN", 2, first, cancellationToken);
            case "stream":
                return await new StreamReader(connection, seed).ReadAsync(key, first, cancellationToken);
            default:
                // Of a module, in a form that only the module knows.
                var hash = new ContentHash(seed);
                hash.Add(first.Text![..Math.Max(0, first.Text!.Length - DumpTail)]);
                return hash.Text;
        }
    }

    private async Task<string?> StringAsync(string key, string piece, CancellationToken cancellationToken)
    {
        var hash = new ContentHash(seed);
        for (var at = 0L; ;)
        {
            hash.Add(Number(at), piece);
            at += piece.Length;
            if (piece.Length < PieceBytes)
            {
                return hash.Text;
            }

            if ((await MoreAsync(cancellationToken, "GETRANGE", key, Number(at), Number(at + PieceBytes - 1)))?.Text is not { } next)
            {
                return null;
            }

            piece = next;
        }
    }

    private async Task<string?> ListAsync(string key, Reply piece, CancellationToken cancellationToken)
    {
        var hash = new ContentHash(seed);
        while (true)
        {
            foreach (var item in piece.Items!)
            {
                hash.Add(Number(hash.Count), item.Text!);
            }

            if (piece.Items.Count < PieceItems)
            {
                return hash.Text;
            }

            if (await MoreAsync(cancellationToken, "LRANGE", key, Number(hash.Count), Number(hash.Count + PieceItems - 1)) is not { } next)
            {
                return null;
            }

            piece = next;
        }
    }

    /// <param name="width">Texts that make up one element.</param>
    private async Task<string?> ScanAsync(string key, string scan, string count, int width, Reply piece, CancellationToken cancellationToken)
    {
        var hash = new ContentHash(seed);
        var pieces = 1;
        while (true)
        {
            foreach (var element in piece.Items![1].Items!.Chunk(width))
            {
                switch (scan)
                {
                    case "SSCAN":
                        hash.Add(element[0].Text!);
                        break;
                    case "ZSCAN":
                        hash.Add(element[0].Text!, Score(element[1].Text!));
                        break;
                    default:
                        hash.Add(element[0].Text!, element[1].Text!);
                        break;
                }
            }

            if (piece.Items[0].Text == "0")
            {
                // An element may come twice while the server changes the size of its table.
                return pieces == 1 || (await MoreAsync(cancellationToken, count, key))?.Number == hash.Count ? hash.Text : null;
            }

            if (await MoreAsync(cancellationToken, scan, key, piece.Items[0].Text!, "COUNT", Number(PieceItems)) is not { } next)
            {
                return null;
            }

            piece = next;
            pieces++;
        }
    }

    /// <summary>Versions of the server write the same number in more or fewer digits.</summary>
    private static string Score(string text) => text switch
    {
        "inf" or "-inf" => text,
        _ => Number(BitConverter.DoubleToInt64Bits(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) + 0.0)),
    };

    /// <summary>Null: the key is of another type by now.</summary>
    private async Task<Reply?> MoreAsync(CancellationToken cancellationToken, params IReadOnlyList<string> words)
    {
        var reply = (await CallAsync([words], cancellationToken))[0];
        return reply.IsError ? null : reply;
    }

    private async Task<IReadOnlyList<Reply>> CallAsync(IReadOnlyList<IReadOnlyList<string>> commands, CancellationToken cancellationToken)
    {
        var replies = await connection.CallAllAsync(commands, cancellationToken);
        foreach (var reply in replies.Where(reply => reply.IsError && reply.ErrorKind != "WRONGTYPE"))
        {
            throw new RespErrorException(reply.Text!);
        }

        return replies;
    }

    private static Reply Checked(Reply reply) => reply.IsError ? throw new RespErrorException(reply.Text!) : reply;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
