using System.Collections.Immutable;
using System.Globalization;

namespace Holdfast.Engines.Redis.Replication;

/// <summary>A standby as its primary lists it.</summary>
/// <param name="Name">As it announces itself: a member by its name, another by its address.</param>
/// <param name="Silence">Seconds since it last confirmed anything, which it does once a second.</param>
internal sealed record ListedStandby(string Name, bool Online, long Offset, long Silence);

/// <summary>What a server says of itself by INFO.</summary>
internal sealed class ServerInfo
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);

    public ServerInfo(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
            {
                _fields[line[..colon]] = line[(colon + 1)..].TrimEnd('\r');
            }
        }
    }

    public bool IsPrimary => Word("role") == "master";
    public bool IsLoading => Number("loading") > 0 || Number("async_loading") > 0;
    /// <summary>Nobody can listen on port 0: to follow it is to be detached.</summary>
    public bool IsDetached => !IsPrimary && UpstreamPort == 0;
    public string UpstreamHost => Word("master_host") ?? "";
    public int UpstreamPort => (int)Number("master_port");
    public bool LinkIsUp => Word("master_link_status") == "up";
    public bool IsCopying => Number("master_sync_in_progress") > 0;
    public long CopiedBytes => Number("master_sync_read_bytes");
    /// <summary>Of the copy; 0 or less: not known.</summary>
    public long CopyBytes => Number("master_sync_total_bytes");
    public string ReplicationId => Word("master_replid") ?? "";
    public long Offset => Number("master_repl_offset");
    /// <summary>The id that it bore before it was promoted, and the first offset that no longer belongs to it; -1: none.</summary>
    public string FormerId => Word("master_replid2") ?? "";
    public long FormerEnd => Word("second_repl_offset") is null ? -1 : Number("second_repl_offset");
    public bool WritesLog => Number("aof_enabled") > 0;
    /// <summary>The files of the log are complete: no first writing of them is on its way.</summary>
    public bool LogIsWhole => WritesLog && Number("aof_rewrite_in_progress") == 0 && Number("aof_rewrite_scheduled") == 0 &&
        Word("aof_last_bgrewrite_status") == "ok";
    /// <summary>All that was applied has been handed to the kernel: the end of the server takes nothing of it away.</summary>
    public bool LogHasAll => LogIsWhole && !LogFails && Word("aof_buffer_length") is not null && Number("aof_buffer_length") == 0;
    public bool LogFails => Word("aof_last_write_status") is { } status && status != "ok";
    /// <summary>Of the stream that is kept for standbys that are away: its first offset, how much there is, and may be. Null: none is kept.</summary>
    public (long First, long Bytes, long Bound)? Backlog => Number("repl_backlog_active") > 0
        ? (Number("repl_backlog_first_byte_offset"), Number("repl_backlog_histlen"), Number("repl_backlog_size"))
        : null;
    public long MemoryBytes => Number("used_memory");
    /// <summary>Drawn anew by each start.</summary>
    public string RunId => Word("run_id") ?? "";
    /// <summary>Its clock: milliseconds since 1970.</summary>
    public long ClockMilliseconds => Number("server_time_usec") / 1000;
    /// <summary>For people.</summary>
    public string Program => Word("valkey_version") is { } valkey ? $"Valkey {valkey}" : $"Redis {Word("redis_version")}";
    /// <summary>As 70015 for 7.0.15. Valkey names the version of Redis that it speaks like.</summary>
    public int Version => (Word("redis_version") ?? "").Split('.').Select(part => (int)Parse(part)).Take(3).Aggregate(0, (all, part) => (all * 100) + part);

    public IEnumerable<ListedStandby> Standbys
    {
        get
        {
            for (var i = 0; _fields.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"slave{i}"), out var text); i++)
            {
                var parts = text.Split(',').Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
                    .ToImmutableDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
                yield return new ListedStandby(
                    parts.GetValueOrDefault("ip", ""), parts.GetValueOrDefault("state") == "online",
                    Parse(parts.GetValueOrDefault("offset")), Parse(parts.GetValueOrDefault("lag")));
            }
        }
    }

    private string? Word(string name) => _fields.GetValueOrDefault(name);

    private long Number(string name) => Parse(Word(name));

    private static long Parse(string? text) => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
