using System.Collections.Immutable;
using Holdfast.Lab.Checking;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Tests.Checking;

/// <summary>Small histories. Times are ticks of nobody's clock.</summary>
internal static class Histories
{
    public static readonly Reign First = new("a", "00000001");
    public static readonly Reign Second = new("b", "00000002");

    /// <summary>
    /// Two primaries one after the other; a row (1) and two appends (2 to both lists, 3 to the first) by the first, a row (4) and an append (5 to
    /// both) by the second; a read at each.
    /// </summary>
    public static History Good => new()
    {
        Writes =
        [
            Row(1, First, 10, 20), Append(2, First, 30, 40, (0, 1), (1, 1)), Append(3, First, 50, 60, (0, 2)), Row(4, Second, 110, 120),
            Append(5, Second, 130, 140, (0, 3), (1, 2)),
        ],
        Reads = [ReadAt(First, 70, 80, (2, 3), (1, 2)), ReadAt(Second, 150, 160, (3, 5), (2, 5))],
        Final = Of([1, 4], [(2, 2), (3, 1), (5, 2)], [(2, 2), (5, 2)]),
        Others = ImmutableSortedDictionary<string, Content>.Empty.Add("a", Of([1, 4], [(2, 2), (3, 1), (5, 2)], [(2, 2), (5, 2)])),
    };

    public static Write Row(long id, Reign by, long sent, long answered) =>
        new() { Id = id, Client = "w", Sent = sent, Answered = answered, Outcome = Outcome.Acknowledged, By = by };

    public static Write Append(long id, Reign by, long sent, long answered, params (int Key, long Position)[] places) => Row(id, by, sent, answered) with
    {
        Keys = [.. places.Select(place => place.Key)],
        Places = [.. places.Select(place => new Place(place.Key, place.Position))],
    };

    public static Read ReadAt(Reign from, long sent, long answered, params (long Length, long Last)[] lists) => new()
    {
        Client = "r",
        From = from,
        Sent = sent,
        Answered = answered,
        Lengths = [.. lists.Select(list => list.Length)],
        Last = [.. lists.Select(list => list.Last)],
    };

    /// <summary>Lists of ids with the number of lists that each is in.</summary>
    public static Content Of(long[] rows, params (long Id, int Width)[][] lists) =>
        new([.. rows], [.. lists.Select(list => list.Select((entry, index) => new Entry(index + 1, entry.Id, entry.Width)).ToImmutableArray())]);

    public static History With(this History history, Func<Write, Write> change) => history with { Writes = [.. history.Writes.Select(change)] };

    public static ImmutableArray<Judgement> Found(this History history) =>
        [.. Checker.Judge(history).Violations.Select(violation => violation.Judgement).Distinct()];
}
