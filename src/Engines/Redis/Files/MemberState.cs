using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Core.Quorum;

namespace Holdfast.Engines.Redis.Files;

/// <summary>What a server was told to be.</summary>
internal enum ToldRole
{
    Standby,
    /// <summary>It is being promoted: it may write already, and the timeline that it begins may not be written down yet.</summary>
    Promoting,
    Primary,
}

/// <summary>The snapshot that a stop in good order has left; it is told by size and time.</summary>
internal sealed record SavedSnapshot(long Bytes, long WrittenTicks)
{
    /// <summary>Null: there is no such file.</summary>
    public static SavedSnapshot? Of(string path) =>
        new FileInfo(path) is { Exists: true } file ? new SavedSnapshot(file.Length, file.LastWriteTimeUtc.Ticks) : null;
}

/// <summary>How the member was told to run, for when its server does not answer.</summary>
internal sealed record MemberState
{
    public ToldRole Role { get; init; }
    /// <summary>No commit is held back (<see cref="SyncRule.None"/>); else none is accepted (<see cref="SyncRule.Blocked"/>).</summary>
    public bool AcceptsAlone { get; init; }
    public bool GateOpen { get; init; }
    public string? Upstream { get; init; }
    /// <summary>A snapshot that holds all that the log files do. Null: the log files are newer.</summary>
    public SavedSnapshot? Saved { get; init; }
    /// <summary>
    /// Exactly what its log gives, of a standby that is detached or being promoted, and of a primary that was stopped in good order without a snapshot. Null:
    /// not known, or it may have received or written since.
    /// </summary>
    public NotedEnd? End { get; init; }

    [JsonIgnore]
    public SyncRule Sync => AcceptsAlone ? SyncRule.None : SyncRule.Blocked;
}

/// <summary>Keeps <see cref="MemberState"/> in a file.</summary>
internal sealed partial class StateFile(Layout layout)
{
    private readonly Lock _lock = new();
    private MemberState? _known;

    public MemberState Current
    {
        get
        {
            lock (_lock)
            {
                return _known ??= Read();
            }
        }
    }

    public void Change(Func<MemberState, MemberState> change)
    {
        lock (_lock)
        {
            var before = _known ??= Read();
            var after = change(before);
            if (after != before)
            {
                AtomicFile.Write(layout.State, JsonSerializer.Serialize(after, StateJson.Default.MemberState));
                _known = after;
            }
        }
    }

    private MemberState Read()
    {
        try
        {
            return AtomicFile.ReadOrNull(layout.State) is { } text
                ? JsonSerializer.Deserialize(text, StateJson.Default.MemberState) ?? new MemberState() : new MemberState();
        }
        catch (JsonException)
        {
            // As if nothing were known: it starts as a standby that accepts nothing.
            return new MemberState();
        }
    }

    [JsonSerializable(typeof(MemberState))]
    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
    private sealed partial class StateJson : JsonSerializerContext;
}
