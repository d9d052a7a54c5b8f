using System.Globalization;
using System.Text.Json;
using Holdfast.Sessions.Store;

namespace Holdfast.Sessions.Application;

/// <summary>One who is signed in.</summary>
/// <param name="At">The instance where they signed in.</param>
/// <param name="Since">When that was.</param>
/// <param name="By">The instance that took their last click.</param>
/// <param name="Last">When that was.</param>
internal sealed record SignedIn(string User, string At, string Since, string By, string Last, int Clicks)
{
    public DateTimeOffset SinceMoment => Moment(Since);
    public DateTimeOffset LastMoment => Moment(Last);

    private static DateTimeOffset Moment(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : default;
}

/// <summary>Who is signed in where, for the page: one hash in the store, a field per sign-in.</summary>
internal sealed class SignedInList(StoreClient store, SessionsOptions options, TimeProvider time)
{
    private const string Name = "sessions:signed-in";

    public async Task NoteAsync(string mark, SignedIn signedIn, CancellationToken cancellationToken) =>
        await store.CallAsync(cancellationToken, "HSET", Name, mark, JsonSerializer.SerializeToUtf8Bytes(signedIn));

    public async Task RemoveAsync(string mark, CancellationToken cancellationToken) => await store.CallAsync(cancellationToken, "HDEL", Name, mark);

    /// <summary>Those whose session has not ended by idleness, the latest click first; the others are taken off the list.</summary>
    public async Task<IReadOnlyList<(string Mark, SignedIn Who)>> AllAsync(CancellationToken cancellationToken)
    {
        var fields = (await store.CallAsync(cancellationToken, "HGETALL", Name)).Items ?? [];
        var all = new List<(string Mark, SignedIn Who)>();
        var over = new List<Word>();
        foreach (var pair in fields.Chunk(2))
        {
            if (JsonSerializer.Deserialize<SignedIn>(pair[1].Bytes) is { } who && time.GetUtcNow() - who.LastMoment <= options.Idle)
            {
                all.Add((pair[0].Text!, who));
            }
            else
            {
                over.Add(pair[0].Bytes!);
            }
        }

        if (over.Count > 0)
        {
            await store.CallAsync(cancellationToken, ["HDEL", Name, .. over]);
        }

        return [.. all.OrderByDescending(one => one.Who.LastMoment)];
    }
}
