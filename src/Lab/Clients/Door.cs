using Holdfast.Harness.Members;

namespace Holdfast.Lab.Clients;

/// <summary>What a client connects to.</summary>
/// <param name="Name">A member's, or the gate's.</param>
internal sealed record Door(string Name, string Connection)
{
    /// <summary>The member itself.</summary>
    public static Door Of(MemberHost member) => new(member.Name, Application.ConnectionTo(member));
}
