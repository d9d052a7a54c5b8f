using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Backup;

public sealed class ArchiveBacklogTests
{
    [Fact]
    public async Task Complete_pieces_wait_again_but_not_those_that_a_younger_timeline_has_replaced_nor_what_is_no_piece()
    {
        await using var group = new TestGroup(1);
        var layout = new Layout(group.Spec("a"));
        var status = Directory.CreateDirectory(Path.Combine(layout.Log, "archive_status")).FullName;
        // Timeline 1 was left in piece 3; piece 5 of timeline 2 is being received, and piece 6 is room for later.
        string[] pieces =
        [
            "000000010000000000000002", "000000010000000000000003", "000000020000000000000003", "000000020000000000000004", "000000020000000000000005",
            "000000020000000000000006", "00000002.history", "000000010000000000000002.00000028.backup",
        ];
        foreach (var piece in pieces)
        {
            File.WriteAllText(Path.Combine(layout.Log, piece), "");
        }

        // The log of piece 1 is gone already.
        foreach (var piece in pieces.Except(["000000020000000000000005", "000000020000000000000006"]).Append("000000010000000000000001"))
        {
            File.WriteAllText(Path.Combine(status, piece + ".done"), "");
        }

        ArchiveBacklog.Offer(layout);

        Directory.GetFiles(status, "*.ready").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ShouldBe(
            ["000000010000000000000002", "000000020000000000000003", "000000020000000000000004"]);
        File.Exists(Path.Combine(status, "000000010000000000000003.done")).ShouldBeTrue();
        File.Exists(Path.Combine(status, "00000002.history.done")).ShouldBeTrue();
    }
}
