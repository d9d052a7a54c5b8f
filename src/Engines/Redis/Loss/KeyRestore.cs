using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Verification;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>One run over the keys of a salvage. A fault of the primary's ends it, and is kept beside what was done until then.</summary>
/// <param name="old">The server that has the salvaged data.</param>
/// <param name="writer">Null: nothing is to be written.</param>
internal sealed class KeyRestore(
    RespConnection old, FoundPrimary primary, RespConnection? writer, TimeProvider time, IProgress<JobProgress> progress)
{
    private const int KeysAtOnce = 100;
    /// <summary>What keys take, by the server's estimate, that are fetched and sent at the same time.</summary>
    private const long AtOnceBytes = 4 << 20;
    /// <summary>A larger one fits into no single command.</summary>
    private const long LargestKey = 256L << 20;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);
    private string? _oldProgram;
    private long _looked;

    public KeyCount Restored { get; } = new();
    public KeyCount Same { get; } = new();
    public KeyCount Other { get; } = new();
    public KeyCount Removed { get; } = new();
    public KeyCount Expired { get; } = new();
    public KeyCount Failed { get; } = new();

    /// <summary>Why it ended too early; null: it did not.</summary>
    public string? Problem { get; private set; }

    public static string Again(string problem) => $"{problem}; run it again, which brings back what lacks then";

    /// <param name="about">How many keys there are about.</param>
    public async Task RunAsync(IAsyncEnumerable<LostKey> keys, long about, CancellationToken cancellationToken)
    {
        try
        {
            _oldProgram = new ServerInfo((await old.CallAsync(cancellationToken, "INFO", "server")).Text!).Program;
            var batch = new List<LostKey>();
            await foreach (var key in keys)
            {
                // Whatever the list says: Holdfast's own are the present primary's.
                if (KeyText.Untell(key.Key).StartsWith(StoreHistory.OwnKeys, StringComparison.Ordinal))
                {
                    continue;
                }

                if (batch.Count == KeysAtOnce || (batch.Count > 0 && batch[0].Database != key.Database))
                {
                    await BatchAsync(batch, about, cancellationToken);
                    batch = [];
                }

                batch.Add(key);
            }

            await BatchAsync(batch, about, cancellationToken);
        }
        catch (Exception exception) when (exception is RestoreEndedException or IOException or SocketException or RespErrorException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Problem = Again(exception is RestoreEndedException or JsonException ? exception.Message
                : $"{primary.Member.Name} does not answer any more ({Words(exception)}): the keys last sent may be there without being counted");
        }
    }

    private async Task BatchAsync(List<LostKey> batch, long about, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
        {
            return;
        }

        // A primary that hangs, and with it the read, is given up.
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        if (await SelectAsync(batch, either.Token))
        {
            await LookAsync(batch, () => limit.CancelAfter(AnswerLimit), either.Token);
        }

        _looked += batch.Count;
        progress.Report(new JobProgress(string.Create(CultureInfo.InvariantCulture, $"{_looked:N0} of about {Math.Max(about, _looked):N0} keys")));
    }

    /// <returns>False: the primary has no such database.</returns>
    private async Task<bool> SelectAsync(List<LostKey> batch, CancellationToken cancellationToken)
    {
        var select = (string[])["SELECT", batch[0].Database];
        await old.CallAsync(cancellationToken, select);
        foreach (var side in (RespConnection?[])[primary.Reader, writer])
        {
            if (side is not null && (await side.CallAllAsync([select], cancellationToken))[0] is { IsError: true } refusal)
            {
                batch.ForEach(key => Failed.Add(key, $"{primary.Member.Name} has no database {key.Database}: {refusal.Text}"));
                return false;
            }
        }

        return true;
    }

    private async Task LookAsync(List<LostKey> batch, Action goesOn, CancellationToken cancellationToken)
    {
        var names = batch.ConvertAll(key => KeyText.Untell(key.Key));
        var sizes = await old.CallAllAsync([.. names.Select(name => (string[])["MEMORY", "USAGE", name, "SAMPLES", "1"])], cancellationToken);
        var there = await primary.Reader.CallAllAsync(
            [["INFO", "server"], .. names.Select(name => (string[])["EXISTS", name])], cancellationToken);
        var clock = new ServerInfo(Checked(there[0]).Text!).ClockMilliseconds;
        var (present, wanted, bytes) = (new List<LostKey>(), new List<LostKey>(), 0L);
        for (var i = 0; i < batch.Count; i++)
        {
            // None has no size.
            var (key, size, isThere) = (batch[i], sizes[i].Number, Checked(there[i + 1]).Number > 0);
            if (size == 0)
            {
                Expired.Add(key);
            }
            else if (isThere)
            {
                present.Add(key);
            }
            else if (key.WasThere)
            {
                Removed.Add(key);
            }
            else if (size > LargestKey)
            {
                Failed.Add(key, string.Create(CultureInfo.InvariantCulture, $"it takes {size:N0} bytes, more than can be sent"));
            }
            else
            {
                wanted.Add(key);
                bytes += size;
            }

            if (bytes >= AtOnceBytes || (i == batch.Count - 1 && wanted.Count > 0))
            {
                present.AddRange(await BringAsync(wanted, clock, cancellationToken));
                goesOn();
                (wanted, bytes) = ([], 0);
            }
        }

        await CompareAsync(present, cancellationToken);
    }

    /// <returns>Those that are there after all.</returns>
    private async Task<List<LostKey>> BringAsync(List<LostKey> wanted, long clock, CancellationToken cancellationToken)
    {
        var replies = await old.CallAllAsync(
            [.. wanted.SelectMany(key => KeyText.Untell(key.Key) is var name ? (string[][])[["DUMP", name], ["PEXPIRETIME", name]] : [])], cancellationToken);
        var sent = new List<(LostKey Key, string Payload, long Expiry)>();
        for (var i = 0; i < wanted.Count; i++)
        {
            var (payload, expiry) = (Checked(replies[2 * i]).Text, Checked(replies[(2 * i) + 1]).Number);
            if (payload is null || expiry == -2 || (expiry >= 0 && expiry <= clock))
            {
                Expired.Add(wanted[i]);
            }
            else
            {
                sent.Add((wanted[i], payload, Math.Max(0, expiry)));
            }
        }

        if (writer is null)
        {
            sent.ForEach(one => Restored.Add(one.Key));
            return [];
        }

        // Without REPLACE the server itself refuses a key that is there, also one that was made in this moment.
        var answers = await writer.CallAllAsync(
            [
                .. sent.Select(one => (string[])
                    ["RESTORE", KeyText.Untell(one.Key.Key), one.Expiry.ToString(CultureInfo.InvariantCulture), one.Payload, "ABSTTL"]),
            ], cancellationToken);
        return Count(sent.ConvertAll(one => one.Key), answers);
    }

    private List<LostKey> Count(List<LostKey> sent, IReadOnlyList<Reply> answers)
    {
        var present = new List<LostKey>();
        string? end = null;
        foreach (var (key, answer) in sent.Zip(answers))
        {
            switch (answer.ErrorKind)
            {
                case null:
                    Restored.Add(key);
                    break;
                case "BUSYKEY":
                    present.Add(key);
                    break;
                case "ERR":
                    Failed.Add(key, RestoreRefusal.Explain(answer.Text!, _oldProgram!, primary.Member.Name));
                    break;
                default:
                    end ??= $"{primary.Member.Name} takes no more keys: {answer.Text}";
                    break;
            }
        }

        return end is null ? present : throw new RestoreEndedException(end);
    }

    private async Task CompareAsync(List<LostKey> present, CancellationToken cancellationToken)
    {
        var names = present.ConvertAll(key => KeyText.Untell(key.Key));
        var had = await new KeyReader(old, seed: 0).ReadAsync(names, cancellationToken);
        var has = await new KeyReader(primary.Reader, seed: 0).ReadAsync(names, cancellationToken);
        for (var i = 0; i < present.Count; i++)
        {
            (had[i] is { } one && has[i] is { } other && (one.Type, one.Value) == (other.Type, other.Value) ? Same : Other).Add(present[i]);
        }
    }

    private static string Words(Exception exception) =>
        exception is OperationCanceledException ? $"no answer within {AnswerLimit.TotalSeconds:F0} s" : exception.Message;

    private static Reply Checked(Reply reply) => reply.IsError ? throw new RespErrorException(reply.Text!) : reply;
}

/// <summary>The primary takes no more; the message says why.</summary>
internal sealed class RestoreEndedException(string message) : Exception(message)
{
    public RestoreEndedException() : this("") { }
    public RestoreEndedException(string message, Exception inner) : this(message) => _ = inner;
}

/// <summary>Why a server does not take a key.</summary>
internal static class RestoreRefusal
{
    /// <param name="answer">As the server says it.</param>
    /// <param name="from">What wrote the key.</param>
    public static string Explain(string answer, string from, string primary) =>
        answer.Contains("payload version", StringComparison.Ordinal) || answer.Contains("Bad data format", StringComparison.Ordinal)
            ? $"{primary} cannot read what {from} wrote ({answer}): run it again when its server is of that version or a newer one"
            : answer;
}
