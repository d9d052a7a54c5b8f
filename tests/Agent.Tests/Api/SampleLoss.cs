using System.Collections.Immutable;
using Holdfast.Core.Loss;

namespace Holdfast.Agent.Tests.Api;

/// <summary>A loss of two transactions in a table with a key and one without.</summary>
public static class SampleLoss
{
    public const string Id = "000001-1-0_5000200-to-1-0_5000900";

    private static readonly TableName Orders = new("public", "orders");
    private static readonly TableName Log = new("public", "log");

    public static LossReport Report(string member) => new()
    {
        Id = Id,
        Store = "orders",
        Member = member,
        SystemId = "7",
        From = "1:0/5000200",
        To = "1:0/5000900",
        MadeAt = "2026-07-01 10:20:00.000000Z",
        IsDecoded = true,
        IsComplete = true,
        Notes = ["sequences are not listed"],
        Transactions = 2,
        Changes = 5,
        FirstCommit = "2026-07-01 10:11:12.000001Z",
        LastCommit = "2026-07-01 10:11:13.000000Z",
        LastArrived = new HeartbeatMark(7, 812, "2026-07-01 10:11:11.900000Z", "0/5000100"),
        LastKnown = new HeartbeatMark(7, 817, "2026-07-01 10:11:13.100000Z", "0/5000800"),
        FirstNewXid = 740,
        Tables =
        [
            new LossTable("shop", Orders, RowIdentity.Key, ["id"],
                [new LossColumn("id", "integer", false, false), new LossColumn("note", "text", false, false)]),
            new LossTable("shop", Log, RowIdentity.None, [], [new LossColumn("line", "text", false, false)]),
        ],
    };

    public static List<LossLine> Lines =>
    [
        new(new LostTransaction(741, "0/5000300", "2026-07-01 10:11:12.000001Z", "shop", 3, false, Acknowledgement.Unknown)),
        new(Change: Row(ChangeKind.Insert, Orders, [], [new("id", "5"), new("note", "it's\nlong " + new string('x', 200))])),
        new(Change: Row(ChangeKind.Update, Orders, [], [new("id", "3"), new("note", "new")])),
        new(Change: Row(ChangeKind.Update, Orders, [], [new("id", "5"), new("note", null)])),
        new(new LostTransaction(742, "0/5000900", "2026-07-01 10:11:13.000000Z", "shop", 2, true, Acknowledgement.No)),
        new(Change: Row(ChangeKind.Delete, Orders, [new("id", "4")], [])),
        new(Change: Row(ChangeKind.Insert, Log, [], [new("line", "--\r\nDROP TABLE orders;")])),
    ];

    private static LostChange Row(ChangeKind kind, TableName table, ImmutableArray<LostValue> old, ImmutableArray<LostValue> now) =>
        new() { Kind = kind, Tables = [table], Old = old, New = now };
}
