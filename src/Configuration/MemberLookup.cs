using Holdfast.Core.Topology;

namespace Holdfast.Configuration;

/// <summary>A member that was asked for by name: it, or why there is none.</summary>
/// <param name="Problem">Null exactly when the member was found; otherwise one line that names what there is.</param>
public sealed record MemberLookup(StoreSpec? Store, MemberSpec? Member, string? Problem)
{
    private const int NamesShown = 12;

    /// <summary>Finds a member; a name that is not in the file gets an answer that helps.</summary>
    public static MemberLookup Find(SystemSpec system, string name)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(name);
        if (system.FindMember(name) is { } found)
        {
            return new MemberLookup(found.Store, found.Member, null);
        }

        var names = system.Stores.Values.SelectMany(store => store.Members.Keys).Order(StringComparer.Ordinal).ToList();
        var near = DidYouMean.Nearest(name, names) is { } nearest ? $" did you mean '{nearest}'?" : "";
        var more = names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "";
        return new MemberLookup(
            null, null, $"system {system.Name} has no member '{name}';{near} its members are: {string.Join(", ", names.Take(NamesShown))}{more}");
    }
}
