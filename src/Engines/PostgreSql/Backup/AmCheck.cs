using System.Text.RegularExpressions;
using Holdfast.Core.Backup;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>PostgreSQL's own check of tables and B-tree indexes, in every database. It makes an extension there, so it is for copies only.</summary>
internal static partial class AmCheck
{
    private const int Corrupt = 2;

    public static async Task<(CheckOutcome Outcome, string Detail)> RunAsync(string socket, int port, Binaries binaries, CancellationToken cancellationToken)
    {
        var program = Path.Combine(binaries.Directory ?? "", "pg_amcheck");
        if (!File.Exists(program))
        {
            return CheckOutcome.NotRun.With("pg_amcheck is not there: it comes with PostgreSQL 14 and newer");
        }

        var result = await ToolRun.RunAsync(
            program,
            [
                "--host", socket, "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--username", RoleNames.Administrator,
                "--all", "--install-missing", "--heapallindexed",
            ],
            environment: null, onErrorLine: null, cancellationToken);
        if (result.ExitCode == 0)
        {
            return CheckOutcome.Passed.With("tables and indexes of all databases");
        }

        if (Missing().IsMatch(result.Errors))
        {
            return CheckOutcome.NotRun.With("the extension amcheck is not installed: install PostgreSQL's contrib package");
        }

        var lines = (result.ExitCode == Corrupt ? result.Output + "\n" + result.Errors : result.Errors)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(4);
        return CheckOutcome.Failed.With(string.Join("; ", lines));
    }

    [GeneratedRegex("extension \"amcheck\" is not available|could not open extension control file", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Missing();
}
