namespace Holdfast.Sites.EndToEnd.Outcomes;

/// <summary>Who acknowledges commits while the links are cut, once that no longer changes.</summary>
public enum Writer
{
    /// <summary>The site that was active.</summary>
    Active,
    /// <summary>The site that was passive.</summary>
    Passive,
    Nobody,
}

/// <summary>What became of a store in one cell.</summary>
/// <param name="Writer">While the links are cut.</param>
/// <param name="Streams">Whether the other site then receives what is written.</param>
/// <param name="WaitsFor">The rule by which the status says what it waits for; null: it waits for nothing.</param>
public sealed record Outcome(Writer Writer, bool Streams, string? WaitsFor)
{
    /// <summary>As in the table.</summary>
    public string Text => (Writer, Streams) switch
    {
        (Writer.Active, true) => "A goes on",
        (Writer.Active, false) => "A goes on, queueing",
        (Writer.Passive, _) => "B takes over",
        _ => "nobody writes",
    } + (WaitsFor is null ? "" : $"; waits: `{WaitsFor}`");

    public override string ToString() => Text;
}

/// <summary>What the design (see the decision about two sites) says of a cell.</summary>
internal static class Expectation
{
    /// <summary>Who writes while the links are cut, with coordination stretched over the three sites.</summary>
    public static Writer WriterOf(Cell cell, string isolation)
    {
        var activeHasMajority = HasMajority(cell.Case, SiteRole.Active);
        return (isolation, activeHasMajority, cell.HostFails) switch
        {
            (_, true, _) => Writer.Active,
            // It goes on with the primary that it has; another cannot be elected without a majority.
            ("continue", false, false) => Writer.Active,
            ("continue", false, true) => Writer.Nobody,
            _ => HasMajority(cell.Case, SiteRole.Passive) ? Writer.Passive : Writer.Nobody,
        };
    }

    /// <summary>Whether what is written reaches the other site.</summary>
    public static bool Streams(Cell cell, string isolation) =>
        WriterOf(cell, isolation) == Writer.Active && cell.Case.Connects(SiteRole.Active, SiteRole.Passive);

    /// <summary>Whether a client at a site can use a server that two of the three agree with.</summary>
    private static bool HasMajority(CutCase cut, SiteRole site) =>
        Enum.GetValues<SiteRole>().Any(server => cut.Connects(site, server) && Enum.GetValues<SiteRole>().Count(other => cut.Connects(server, other)) >= 2);
}
