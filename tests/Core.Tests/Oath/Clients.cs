namespace Holdfast.Core.Tests.Oath;

/// <summary>Writes wherever it is let in, which may be a primary that is deposed and does not know it.</summary>
internal static class Clients
{
    public static void Begin(World world)
    {
        foreach (var server in world.Servers.Values)
        {
            Write(world, server);
        }
    }

    private static void Write(World world, SimServer server)
    {
        server.Commit();
        world.After(world.Between(10, 90), server.Name, () => Write(world, server));
    }
}
