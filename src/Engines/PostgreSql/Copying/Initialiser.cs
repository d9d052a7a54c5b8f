using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>Makes a new data directory (R0).</summary>
internal sealed class Initialiser(Layout layout, Binaries binaries)
{
    private const string PreferredLocale = "C.UTF-8";

    public async Task RunAsync(IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        var what = $"initialising {layout.Data}";
        progress.Report(new JobProgress(what));
        AtomicFile.Write(layout.IncompleteMarker, what + "\n");
        DirectoryWork.Empty(layout.Data);
        DirectoryWork.CreateOwnerOnly(layout.Data);
        var result = await InitdbAsync(PreferredLocale, cancellationToken);
        if (result.ExitCode != 0 && result.Reason.Contains("locale", StringComparison.Ordinal))
        {
            DirectoryWork.Empty(layout.Data);
            result = await InitdbAsync("C", cancellationToken);
        }

        if (result.ExitCode != 0)
        {
            throw new EngineException($"cannot initialise {layout.Data}: {DiskFault.Describe(layout.Data) ?? result.Reason}");
        }

        // The rules that initdb writes are nobody's wish; what stands in these files is kept as the user's own.
        AtomicFile.Write(Path.Combine(layout.Data, "pg_hba.conf"), "");
        AtomicFile.Write(Path.Combine(layout.Data, "pg_ident.conf"), "");
    }

    public void Complete() => AtomicFile.Delete(layout.IncompleteMarker);

    private Task<ToolResult> InitdbAsync(string locale, CancellationToken cancellationToken) => ToolRun.RunAsync(
        binaries.PathOf("initdb"),
        [
            "--pgdata", layout.Data, "--username", RoleNames.Administrator, "--data-checksums",
                "--auth-local=peer", "--auth-host=scram-sha-256",
            "--encoding=UTF8", "--locale", locale,
        ],
        null, null, cancellationToken);
}
