using Holdfast.Cli.Terminals;
using Holdfast.Cli.Verify;
using Holdfast.Verification.Results;

namespace Holdfast.Verification.Tests.Verdicts;

public sealed class ScreenTests
{
    [Fact]
    public void Lines_fit_into_the_screen_and_one_is_one()
    {
        using var output = new StringWriter();
        var screen = new VerifyScreen(new Terminal(output, output, TextReader.Null, interactive: false, colour: false, () => 100), TimeProvider.System);
        screen.Begin("orders", ["orders-fra-1", "orders-fra-2", "orders-fra-3", "orders-ber-1"], new VerifyOptions { Share = 0.05, Jobs = 1 });
        screen.Report(new VerifyProgress(null, Tables: 0, TotalTables: 1, Bytes: 5, TotalBytes: 10, Rows: 1, Rechecked: 0, Differences: 1, Seconds: 1));
        screen.End(new VerifyResult
        {
            Verdict = VerifyVerdict.Equal,
            System = "grid",
            Store = "orders",
            Reference = "orders-fra-1",
            Members = [new("orders-fra-1", false, "0/5000148"), new("orders-fra-2", true, "0/5000148"), new("orders-fra-3", true, "0/5000148")],
            StartedAt = DateTimeOffset.UnixEpoch,
            Seconds = 1.5,
            Databases = 1,
            Tables = 1,
            Sequences = 1,
            Rows = 1,
            Bytes = 100,
            Chunks = 1,
            Rechecked = 0,
            RowsSettled = 0,
            DifferenceCount = 0,
            Differences = [],
            Undecided = [],
            LeftOut = [],
        });
        var lines = output.ToString().Split('\n');
        lines.ShouldAllBe(line => line.Length <= 100);
        lines[0].ShouldBe("comparing orders-fra-1, orders-fra-2, orders-fra-3, orders-ber-1 of orders, in 5 % of the time,");
        lines[1].ShouldBe("  1 chunk at a time");
        output.ToString().ReplaceLineEndings(" ").ShouldContain("1 difference");
        output.ToString().ShouldNotContain("1 differences");
        lines.ShouldContain("equal: orders-fra-1 and orders-fra-2, orders-fra-3; 1 table, 1 sequence, 1 row, 100 B in 1.5 s,");
    }
}
