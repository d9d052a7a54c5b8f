using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core;
using Holdfast.Engines.Redis;

namespace Holdfast.Configuration.Schema;

/// <summary><c>stores.NAME.redis:</c></summary>
internal static class RedisKeys
{
    private static readonly RedisSpec Usual = new();

    public static readonly Key<string> Bin = new("bin", new HostFolderShape("/usr/bin"), "Folder of the server's program, `redis-server` or `valkey-server`.")
    { DefaultInWords = "found on the path" };

    public static readonly Key<ImmutableArray<Entry<string>>> Settings = new(
        "settings",
        new MapShape<string>("setting", NameForm.Setting, ParameterShape.Instance, minimum: 0),
        "Settings of the server, the same on all members. Those that Holdfast sets itself are refused.");

    public static readonly Key<string> User = new("user", new NameShape("user"), "As whom applications log in.")
    { Default = Usual.ApplicationUser };

    public static readonly Key<Secret> Password = new("password", SecretShape.Instance, "That user's password.")
    { DefaultInWords = "generated, the same on all members; to be read in `DATA.holdfast/application.password`", Example = "file:/etc/holdfast/app" };

    public static readonly Key<int> Backlog = new(
        "backlog", SizeShape.Instance,
        "How much of the replication stream is kept, in memory, for standbys that are away; one that is away for longer gets a full copy. " +
        "At two sites `site-link.queue-bound` counts too: the larger of both.")
    { Default = Usual.BacklogMebibytes };

    public static readonly SectionShape Shape = new("stores.NAME.redis", Bin, Settings, User, Password, Backlog);

    public static readonly Key<Section> Section = new("redis", Shape, "What concerns Redis and Valkey only.");
}
