using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>
/// Copies another member's data. The copy is made beside the old data, which is replaced only when the copy is whole: until then it may
/// be the
/// last there is. Where the data directory is a file system of its own, the copy is made in place.
/// </summary>
internal sealed partial class BaseBackup(Layout layout, Binaries binaries, MemberSpec self)
{
    public async Task RunAsync(MemberSpec upstream, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        var what = $"cloning from {upstream.Name}";
        DirectoryWork.Remove(layout.CloneDirectory);
        DirectoryWork.Remove(layout.ReplacedDirectory);
        DirectoryWork.CreateOwnerOnly(layout.CloneDirectory);
        var beside = DirectoryWork.CanReplace(layout.Data, layout.CloneDirectory);
        if (!beside)
        {
            AtomicFile.Write(layout.IncompleteMarker, what + "\n");
            DirectoryWork.Empty(layout.Data);
        }

        var target = beside ? layout.CloneDirectory : layout.Data;
        progress.Report(new JobProgress(what));
        var result = await ToolRun.RunAsync(
            binaries.PathOf("pg_basebackup"),
            [
                "--pgdata", target, "--dbname", ConnectionInfo.ForTool(upstream, RoleNames.Replication, self.Name),
                "--wal-method=stream", "--checkpoint=fast", "--no-password", "--progress", "--verbose",
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSFILE"] = layout.Passfile },
            line => Report(line, what, progress),
            cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new EngineException(
                $"cannot clone from {upstream.Name} at {upstream.Address}: {DiskFault.Describe(layout.Own) ?? result.Reason}");
        }

        if (beside)
        {
            AtomicFile.Write(layout.IncompleteMarker, what + "\n");
            if (Directory.Exists(layout.Data))
            {
                Directory.Move(layout.Data, layout.ReplacedDirectory);
            }

            Directory.Move(layout.CloneDirectory, layout.Data);
            Native.FlushDirectory(Path.GetDirectoryName(layout.Data)!);
        }
        else
        {
            DirectoryWork.Remove(layout.CloneDirectory);
        }
    }

    /// <summary>After the settings have been put right in the new data.</summary>
    public void Complete()
    {
        AtomicFile.Delete(layout.IncompleteMarker);
        DirectoryWork.Remove(layout.ReplacedDirectory);
    }

    private static void Report(string line, string what, IProgress<JobProgress> progress)
    {
        if (ProgressLine().Match(line) is { Success: true } match)
        {
            progress.Report(new JobProgress(what, Kilobytes(match.Groups["done"]), Kilobytes(match.Groups["total"])));
        }
    }

    private static long Kilobytes(Group group) => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture) << 10;

    [GeneratedRegex(@"^\s*(?<done>\d+)/(?<total>\d+) kB", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ProgressLine();
}
