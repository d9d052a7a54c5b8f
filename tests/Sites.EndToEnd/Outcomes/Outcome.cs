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
/// <param name="FailedOver">The active site has another primary than before.</param>
/// <param name="Streams">Whether the other site then receives what is written.</param>
/// <param name="ActiveWaits">The rule by which A's status says what it waits for; null: it waits for nothing.</param>
/// <param name="PassiveWaits">The same of B.</param>
public sealed record Outcome(Writer Writer, bool FailedOver, bool Streams, string? ActiveWaits, string? PassiveWaits)
{
    /// <summary>As in the table.</summary>
    public string Text => (Writer, Streams) switch
    {
        (Writer.Active, true) => FailedOver ? "A fails over" : "A goes on",
        (Writer.Active, false) => FailedOver ? "A fails over, queueing" : "A goes on, queueing",
        (Writer.Passive, _) => "B takes over",
        _ => "nobody writes",
    } + (ActiveWaits is null ? "" : $"; A waits: `{ActiveWaits}`") + (PassiveWaits is null ? "" : $"; B waits: `{PassiveWaits}`");

    public override string ToString() => Text;
}

/// <summary>What the design (see the decision about two sites) says of a cell.</summary>
internal static class Expectation
{
    /// <summary>Who writes while the links are cut.</summary>
    public static Writer WriterOf(Cell cell)
    {
        if (HasMajority(cell.Case, SiteRole.Active))
        {
            return Writer.Active;
        }

        return cell.Column switch
        {
            // It goes on with the primary that it has; another can be elected only where the site has a coordination of its own.
            { Isolation: "continue", HostFails: false } or { Isolation: "continue", Coordination: CoordinationLayout.PerSite } => Writer.Active,
            { Isolation: "continue" } => Writer.Nobody,
            _ => HasMajority(cell.Case, SiteRole.Passive) ? Writer.Passive : Writer.Nobody,
        };
    }

    /// <summary>Whether what is written reaches the other site.</summary>
    public static bool Streams(Cell cell) => WriterOf(cell) == Writer.Active && cell.Case.Connects(SiteRole.Active, SiteRole.Passive);

    /// <summary>Whether a client at a site can use a server that two of the three agree with.</summary>
    public static bool HasMajority(CutCase cut, SiteRole site) =>
        Enum.GetValues<SiteRole>().Any(server => cut.Connects(site, server) && Enum.GetValues<SiteRole>().Count(other => cut.Connects(server, other)) >= 2);
}
