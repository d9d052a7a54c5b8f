using System.Globalization;
using System.Text.Json.Serialization;
using Holdfast.Core.Failover;

namespace Holdfast.Engines.Redis.Files;

/// <summary>
/// Where the data of a detached standby end, which its log does not say. It holds as long as the host runs (what the server has handed to the kernel outlives
/// the server, not the host) and the files of the log are as they were: a log is only ever added to, or begun anew under another name.
/// </summary>
/// <param name="Boot">Of the host; none other believes it.</param>
/// <param name="Log">Names and lengths of the log's files.</param>
internal sealed record NotedEnd(uint Timeline, ulong Place, string Boot, string Log)
{
    private const string UnknownBoot = "unknown";

    [JsonIgnore]
    public LogPosition Position => new(Timeline, new Lsn(Place));

    public static NotedEnd At(LogPosition position, string log) => new(position.Timeline, position.Lsn.Value, ProcFs.BootId, log);

    /// <summary>The files of the log as they are now; null: there is none, or it cannot be read.</summary>
    public static string? LogOf(Layout layout)
    {
        try
        {
            return new DirectoryInfo(layout.LogFolder) is { Exists: true } folder
                ? string.Join(' ', folder.EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal)
                    .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name}:{file.Length}")))
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Nothing has been written since.</summary>
    public bool Holds(Layout layout) => Boot == ProcFs.BootId && Boot != UnknownBoot && Log == LogOf(layout);
}
