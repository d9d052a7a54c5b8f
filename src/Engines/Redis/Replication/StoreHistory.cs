using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Core.Failover;

namespace Holdfast.Engines.Redis.Replication;

/// <summary>
/// A stretch of the store's history that bears one replication id. Its positions are <paramref name="Base"/> plus the server's offset, so that they
/// rise for ever although a server that was restarted counts from 0 again.
/// </summary>
/// <param name="Timeline">Holdfast's own number; a promotion begins the next. A restart in place begins a stretch, and no timeline.</param>
/// <param name="Start">Where it left the stretch before.</param>
internal sealed record Stretch(uint Timeline, string ReplicationId, long Base, Lsn Start)
{
    public LogPosition At(long offset) => new(Timeline, new Lsn((ulong)Math.Max(0, Base + offset)));

    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Timeline} {Base} {Start.Value}");

    public static Stretch? Parse(string replicationId, string text) =>
        text.Split(' ') is [var timeline, var from, var start] && uint.TryParse(timeline, CultureInfo.InvariantCulture, out var number) &&
        long.TryParse(from, CultureInfo.InvariantCulture, out var at) && ulong.TryParse(start, CultureInfo.InvariantCulture, out var lsn)
            ? new Stretch(number, replicationId, at, new Lsn(lsn)) : null;
}

/// <summary>Which store's data these are and by which stretches they came to be. It is kept in the data themselves, so that it replicates with them.</summary>
internal sealed partial record StoreHistory(string SystemId, ImmutableArray<Stretch> Stretches)
{
    /// <summary>What keys of Holdfast's own begin with.</summary>
    public const string OwnKeys = "holdfast:";
    /// <summary>A hash in database 0. Its fields: <c>system</c>, and one for each replication id.</summary>
    public const string Key = "holdfast:history";
    /// <summary>A string in database 0, written about once a second: at least so far the data go that hold it.</summary>
    public const string MarkKey = "holdfast:mark";
    private const string SystemField = "system";

    /// <summary>More than can be written between two marks: positions of a new stretch are above all that the one before can have had.</summary>
    public const long Gap = 1L << 36;

    public Stretch? Newest => Stretches.IsEmpty ? null : Stretches[^1];

    public Stretch? Of(string? replicationId) => Stretches.FirstOrDefault(stretch => stretch.ReplicationId == replicationId);

    /// <summary>The forks of the timelines after the first.</summary>
    public ImmutableArray<TimelineStart> Forks =>
    [
        .. Stretches.Where(stretch => stretch.Timeline > 1).GroupBy(stretch => stretch.Timeline).OrderBy(group => group.Key)
            .Select(group => new TimelineStart(group.Key, group.Min(stretch => stretch.Start))),
    ];

    /// <summary>How far data go at least that hold this history and this mark: a stretch is written when all before it is there. Null: not known.</summary>
    public LogPosition? AtLeast(LogPosition? mark) => Newest is not { } newest ? null
        : mark is { } found && (found.Timeline, found.Lsn.Value).CompareTo((newest.Timeline, newest.Start.Value)) > 0 ? found
        : new LogPosition(newest.Timeline, newest.Start);

    public StoreHistory With(Stretch stretch) =>
        this with { Stretches = Sorted(Stretches.Where(other => other.ReplicationId != stretch.ReplicationId).Append(stretch)) };

    /// <summary>With what the other knows besides, if it is of the same store.</summary>
    public StoreHistory And(StoreHistory? other) => other?.SystemId != SystemId ? this
        : other.Stretches.Where(stretch => Of(stretch.ReplicationId) is null).Aggregate(this, (all, stretch) => all.With(stretch));

    /// <summary>Fields and values.</summary>
    public IEnumerable<string> Fields =>
        Stretches.SelectMany(stretch => (string[])[stretch.ReplicationId, stretch.Text]).Prepend(SystemId).Prepend(SystemField);

    /// <summary>From fields and values, one after the other; null: it is not there.</summary>
    public static StoreHistory? Read(IReadOnlyList<string> pairs)
    {
        string? system = null;
        var stretches = new List<Stretch>();
        for (var i = 0; i + 1 < pairs.Count; i += 2)
        {
            if (pairs[i] == SystemField)
            {
                system = pairs[i + 1];
            }
            else if (Stretch.Parse(pairs[i], pairs[i + 1]) is { } stretch)
            {
                stretches.Add(stretch);
            }
        }

        return system is null ? null : new StoreHistory(system, Sorted(stretches));
    }

    public static string Mark(LogPosition position) => position.ToString();

    public static LogPosition? ReadMark(string? text) =>
        text?.Split(':') is [var timeline, var lsn] && uint.TryParse(timeline, CultureInfo.InvariantCulture, out var number) && Lsn.TryParse(lsn, out var at)
            ? new LogPosition(number, at) : null;

    public string ToJson() => JsonSerializer.Serialize(
        new OnDisk(SystemId, [.. Stretches.Select(stretch => new StretchOnDisk(stretch.ReplicationId, stretch.Text))]), HistoryJson.Default.OnDisk);

    /// <summary>Null: not such a file.</summary>
    public static StoreHistory? FromJson(string? text)
    {
        try
        {
            return text is not null && JsonSerializer.Deserialize(text, HistoryJson.Default.OnDisk) is { SystemId: not null } found
                ? new StoreHistory(found.SystemId, Sorted(found.Stretches.Select(one => Stretch.Parse(one.ReplicationId, one.Text)).OfType<Stretch>()))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public bool Equals(StoreHistory? other) => other is not null && SystemId == other.SystemId && Stretches.AsSpan().SequenceEqual(other.Stretches.AsSpan());

    public override int GetHashCode() => HashCode.Combine(SystemId, Stretches.Length);

    private static ImmutableArray<Stretch> Sorted(IEnumerable<Stretch> stretches) =>
        [.. stretches.OrderBy(stretch => stretch.Timeline).ThenBy(stretch => stretch.Base).ThenBy(stretch => stretch.Start)];

    private sealed record OnDisk(string SystemId, IReadOnlyList<StretchOnDisk> Stretches);

    private sealed record StretchOnDisk(string ReplicationId, string Text);

    [JsonSerializable(typeof(OnDisk))]
    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    private sealed partial class HistoryJson : JsonSerializerContext;
}
