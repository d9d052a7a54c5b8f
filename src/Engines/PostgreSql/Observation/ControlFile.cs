using System.Buffers.Binary;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>The facts of <c>global/pg_control</c> that matter here.</summary>
/// <param name="State">As <c>pg_controldata</c> says it, e.g. "in production".</param>
/// <param name="Checkpoint">Where the latest checkpoint's record begins.</param>
/// <param name="MinimumRecovery">Recovery must reach at least here; a promotion leaves its new timeline here.</param>
/// <param name="SegmentBytes">Size of a log segment.</param>
internal sealed record ControlFile(
    string SystemId, string State, LogPosition Checkpoint, LogPosition MinimumRecovery, int SegmentBytes)
{
    public bool WasShutDown => State is "shut down" or "shut down in recovery";

    /// <summary>The newest timeline that the file itself knows of.</summary>
    public uint NewestTimeline => Math.Max(Checkpoint.Timeline, MinimumRecovery.Timeline);

    /// <summary>The system identifier is the file's first eight bytes in every version. Null: no file.</summary>
    public static string? ReadSystemId(Layout layout)
    {
        try
        {
            using var stream = new FileStream(layout.ControlFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> head = stackalloc byte[sizeof(ulong)];
            stream.ReadExactly(head);
            return BinaryPrimitives.ReadUInt64LittleEndian(head).ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <exception cref="EngineException">The file is missing or damaged.</exception>
    public static async Task<ControlFile> ReadAsync(Layout layout, Binaries binaries, CancellationToken cancellationToken)
    {
        var result = await ToolRun.RunAsync(binaries.PathOf("pg_controldata"), [layout.Data], null, null, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new EngineException($"cannot read the control file of {layout.Data}: {result.Reason}");
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in result.Output.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                values[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        string Value(string name) => values.GetValueOrDefault(name)
            ?? throw new EngineException(
                $"pg_controldata of {layout.Data} does not tell '{name}': " +
                $"is it of PostgreSQL {Binaries.OldestMajor} to {Binaries.NewestMajor}?");
        LogPosition Position(string lsn, string timeline) =>
            new(uint.Parse(Value(timeline), CultureInfo.InvariantCulture), Lsn.Parse(Value(lsn)));
        return new ControlFile(
            Value("Database system identifier"),
            Value("Database cluster state"),
            Position("Latest checkpoint location", "Latest checkpoint's TimeLineID"),
            Position("Minimum recovery ending location", "Min recovery ending loc's timeline"),
            int.Parse(Value("Bytes per WAL segment"), CultureInfo.InvariantCulture));
    }
}
