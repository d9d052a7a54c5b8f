using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>A member as far as it could be read.</summary>
/// <param name="Agent">As given, or by default; null when neither could be read.</param>
internal sealed record MemberAsRead(
    string Store, string Name, Section Section, string? Site, Found<Endpoint>? Address, Found<Endpoint>? Agent, Found<string>? Data);

/// <summary>A reference twin of <see cref="Located{T}"/>, which can be absent.</summary>
internal sealed record Found<T>(T Value, Yaml.Place Place);

/// <summary>Views of the whole file that several rules share.</summary>
internal static class Places
{
    public static IEnumerable<MemberAsRead> Members(Section root) => root.All(SystemKeys.Stores).SelectMany(MembersOf);

    public static IEnumerable<MemberAsRead> MembersOf(Entry<Section> store) =>
        store.Value.All(StoreKeys.Members).Select(entry => Member(store.Name, entry));

    /// <summary>The sites that a store's members name, in order.</summary>
    public static List<string> SitesOf(Section store) =>
    [
        .. store.All(StoreKeys.Members).Select(member => member.Value.Get(MemberKeys.Site)).OfType<string>().Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static MemberAsRead Member(string store, Entry<Section> entry)
    {
        var section = entry.Value;
        var address = Find(section, MemberKeys.Address);
        var agent = Find(section, MemberKeys.Agent);
        if (agent is null && address is not null && !section.IsGiven(MemberKeys.Agent))
        {
            agent = address with { Value = DefaultAgent(address.Value) };
        }

        return new MemberAsRead(store, entry.Name, section, section.Get(MemberKeys.Site), address, agent, Find(section, MemberKeys.Data));
    }

    public static Endpoint DefaultAgent(Endpoint address) => address with { Port = Defaults.AgentPort };

    private static Found<T>? Find<T>(Section section, Key<T> key)
        where T : notnull => section.TryGet(key, out var value) ? new Found<T>(value, section.PlaceOf(key)) : null;
}
