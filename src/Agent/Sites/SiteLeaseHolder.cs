namespace Holdfast.Agent.Sites;

/// <summary>Who holds the site lease: the value of its key, <c>SITE MEMBER</c>.</summary>
public sealed record SiteLeaseHolder(string Site, string Member)
{
    /// <summary>Null: the text is not of that form.</summary>
    public static SiteLeaseHolder? Parse(string text) =>
        text.Split(' ') is [{ Length: > 0 } site, { Length: > 0 } member] ? new SiteLeaseHolder(site, member) : null;

    public override string ToString() => $"{Site} {Member}";
}
