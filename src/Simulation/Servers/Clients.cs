namespace Holdfast.Simulation.Servers;

/// <summary>Writes wherever it is let in, which may be a primary that is deposed and does not know it.</summary>
internal static class Clients
{
    public static void Begin(World world, SimServer server)
    {
        server.Commit();
        world.After(world.Between(10, 90), server.Name, () => Begin(world, server));
    }
}
