using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>
/// The log that a server wrote after the last piece that is in the archive, and before it was stopped. A recovery takes from the log's own directory what the
/// archive does not have: so what is brought there is recovered as well, and no commit is left out that was acknowledged in the last moment.
/// </summary>
internal static class LeftLog
{
    /// <param name="from">Data that were set aside; their server does not run.</param>
    /// <param name="to">The data that are being made.</param>
    /// <param name="timeline">The history that is followed.</param>
    /// <param name="archived">Where the log in the archive ends.</param>
    /// <returns>Up to where the log leads; null: what was set aside is of another history.</returns>
    /// <exception cref="EngineException">Log is missing between the archive and what was set aside.</exception>
    public static async Task<Lsn?> BringAsync(
        string from, Layout to, uint timeline, Lsn archived, Binaries binaries, CancellationToken cancellationToken)
    {
        var left = new Layout(new MemberSpec { Name = "left", Site = "", Address = new("127.0.0.1", to.Port), Agent = default, Data = from });
        var (control, found) = await LogEnd.LookAsync(left, binaries);
        if (found is null || found.Position.Timeline != timeline)
        {
            return null;
        }

        var pieceBytes = (ulong)control.SegmentBytes;
        var end = found.Position.Lsn;
        var status = Directory.CreateDirectory(Path.Combine(to.Log, "archive_status"), AtomicFile.OwnerOnlyDirectory).FullName;
        for (var number = archived.Value / pieceBytes; number * pieceBytes < end.Value; number++)
        {
            var name = LogNames.Timeline(timeline) + LogNames.Segment(number, pieceBytes);
            var piece = Path.Combine(left.Log, name);
            if (!File.Exists(piece))
            {
                throw new EngineException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the archive has the log up to {archived} only, and {name}, which comes after it, is not in {left.Log} any more: " +
                    $"take a backup first, or name a time before"));
            }

            // A link would not do: the new server writes over pieces that it needs no more.
            await CopyAsync(piece, Path.Combine(to.Log, name), cancellationToken);
            // A complete piece belongs into the archive, else there would be a hole. The last one is the new timeline's, and goes on there.
            if ((number + 1) * pieceBytes <= end.Value)
            {
                await File.WriteAllTextAsync(Path.Combine(status, name + ".ready"), "", cancellationToken);
            }
        }

        Native.FlushDirectory(status);
        Native.FlushDirectory(to.Log);
        return end;
    }

    private static async Task CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        await using var source = File.OpenRead(from);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = AtomicFile.OwnerOnly };
        await using var target = new FileStream(to, options);
        await source.CopyToAsync(target, cancellationToken);
        target.Flush(flushToDisk: true);
    }
}
