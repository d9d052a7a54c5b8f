using System.Globalization;
using Holdfast.Engines.Redis.Protocol;

namespace Holdfast.Engines.Redis.Verification;

/// <summary>
/// Reads a stream: its entries, the id given last, and of each group how far it has read and who was given what without having confirmed it. How often and
/// how long ago something was given to somebody is not looked at, for that is not the same on all members.
/// </summary>
internal sealed class StreamReader(RespConnection connection, long seed)
{
    private const int PieceItems = 500;

    /// <param name="first">Of <c>XRANGE</c>, so many entries as are in a piece.</param>
    /// <returns>Null: it is not a stream any more.</returns>
    public async Task<string?> ReadAsync(string key, Reply first, CancellationToken cancellationToken)
    {
        var hash = new ContentHash(seed);
        Reply? piece = first;
        do
        {
            foreach (var entry in piece.Items!)
            {
                hash.Add(["entry", entry.Items![0].Text!, .. entry.Items[1].Texts]);
            }

            if (piece.Items.Count < PieceItems)
            {
                return await GroupsAsync(key, hash, cancellationToken);
            }

            piece = await AskAsync(cancellationToken, "XRANGE", key, "(" + piece.Items[^1].Items![0].Text, "+", "COUNT", Number(PieceItems));
        }
        while (piece is not null);

        return null;
    }

    private async Task<string?> GroupsAsync(string key, ContentHash hash, CancellationToken cancellationToken)
    {
        var replies = await connection.CallAllAsync([["XINFO", "STREAM", key], ["XINFO", "GROUPS", key]], cancellationToken);
        if (replies.Any(reply => reply.IsError))
        {
            return null;
        }

        hash.Add("last", Field(replies[0].Items!, "last-generated-id"));
        foreach (var group in replies[1].Items!)
        {
            var name = Field(group.Items!, "name");
            hash.Add("group", name, Field(group.Items!, "last-delivered-id"));
            var from = "-";
            while (await AskAsync(cancellationToken, "XPENDING", key, name, from, "+", Number(PieceItems)) is { Items: { Count: > 0 } given })
            {
                foreach (var one in given)
                {
                    hash.Add("given", name, one.Items![0].Text!, one.Items[1].Text!);
                }

                from = "(" + given[^1].Items![0].Text;
            }
        }

        return hash.Text;
    }

    /// <summary>Null: there is no such stream or group any more.</summary>
    private async Task<Reply?> AskAsync(CancellationToken cancellationToken, params IReadOnlyList<string> words)
    {
        var reply = (await connection.CallAllAsync([words], cancellationToken))[0];
        return !reply.IsError ? reply
            : reply.ErrorKind is "WRONGTYPE" or "NOGROUP" ? null
            : throw new RespErrorException(reply.Text!);
    }

    private static string Field(IReadOnlyList<Reply> pairs, string name) =>
        pairs.Chunk(2).FirstOrDefault(pair => pair[0].Text == name)?[1].Text ?? "";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
